// The request that was caught: one without the mark counts when no better one comes.
() => window.jdpReport
    && (window.jdpReport.marked || Date.now() - window.jdpReport.at > 3000) && window.jdpReport
