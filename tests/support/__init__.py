"""What tests share: small objects, fakes, and builders of what a run leaves behind."""
