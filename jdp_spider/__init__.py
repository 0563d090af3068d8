"""Downloads one bookout report per vehicle from J.D. Power Values Online."""
