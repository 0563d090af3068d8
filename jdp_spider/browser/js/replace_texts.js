(texts, changes) => {
    for (const [number, text] of changes) texts[number][0][texts[number][1]] = text;
}
