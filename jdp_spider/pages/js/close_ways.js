// Keeps this document from connecting to other hosts in ways that are no requests. The browser
// itself enforces a policy that is put into the page, also in the frames that it makes later; over
// what is open already nothing is sent.
own => {
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = `connect-src http: https: data: blob: ${own.join(' ')}; worker-src 'none'`;
    (document.head ?? document.documentElement).prepend(policy);

    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (own.includes(new URL(this.url).origin)) send.call(this, data);
    };
    if (window.RTCDataChannel) RTCDataChannel.prototype.send = () => {};
    window.RTCPeerConnection = window.WebTransport = undefined;
}
