// Acts in a document of the one origin; null in any other.
action => ([origin, argument]) =>
    location.origin === origin ? {done: action(argument) ?? null} : null
