// Where something can be clicked; if it is only seen, true; 'login' where the login is there.
(clickTarget, find) => ([click, look]) => {
    const spot = clickTarget(click);
    return spot === 'login' || spot?.x !== undefined ? spot : find(look);
}
