// What keeps something from being clicked, and where that is.
() => window.jdpObstacle && [window.jdpObstacle.what, window.jdpObstacle.spot]
