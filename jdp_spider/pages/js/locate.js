// Where to click, with what another function says at the same moment.
(clickTarget, question) => lookedAt => {
    const spot = clickTarget(lookedAt);
    return spot?.x === undefined ? spot : [spot, question()];
}
