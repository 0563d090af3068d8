"""The words of questions and of waits, in dialogs of JavaScript and on the page itself.

They are regular expressions that Python and JavaScript read alike, without regard to case.
"""

from __future__ import annotations

import json

ABOUT_END = r"session|(?:log(?:ged)?|sign(?:ed)?) ?(?:out|off|in)\b|inactiv|(?:timed?|timing) ?out"
ABOUT_ANOTHER = (
    r"\b(?:an)?other (?:session|user|device|computer|browser)|existing session|elsewhere"
)
ACTIVE_SESSION = (
    r"(?:active|another|other|existing|open|previous|concurrent) session"
    r"|already (?:logged|signed)|(?:logged|signed) in (?:on|at|from|elsewhere)"
    r"|concurrent (?:user|login|connection)|session is (?:currently )?in use"
    r"|(?:account|user(?: name| id)?|login|profile) is (?:currently |already )?"
    r"(?:in use|being used)"
    r"|using (?:this|your) (?:account|login|user)"
)
"""What a site says of a login while the account is logged in somewhere else."""
ASKS_TO_STAY = r"\b(?:continue|stay|extend|remain|keep|renew|still)\b"
ASKS_TO_LEAVE = (
    r"\b(?:ok|okay|yes|want|wish|like|sure|continue|confirm)\b\W*to"
    r" (?:log|sign|end|exit|leave|quit)|\bif you (?:continue|stay)\b"
)
CHANGES = (
    r"delet|eras(?:e|ing)\b|remov|discard|overwrit|\breplac|purchas|\bbuy|\bpay|\bcharg"
    r"|\bcredits?\b|\bfees?\b|\bcosts?\b|\bbilled\b|\border|check ?out|subscri|\bsell|\bsold\b"
    r"|\bbids?\b|\boffer|\bquote|\btrad(?:e|ing)|transfer|submit|\bsen[dt]\b|\bsending|\be-?mail"
    r"|\bmail|\bshar(?:e|ing)|publish|\bpost|\bpush|upload|\bimport(?:s|ing)?\b|approv|archiv"
    r"|\bassign|\bapply|\bsav(?:e|ing)\b|\bedit|\bchang(?:e|es|ing)\b|\bupdat(?:e|es|ing)\b"
    r"|\badd(?:s|ing)?\b|\brenam|\bmerg|\breset|\bregister\b|password"
    r"|\$ ?[0-9]|\bdebit|\btrials?\b|\bupgrad|\bquota|\ballowance|\bremaining\b|\bmonthly\b"
    r"|carfax|autocheck|\bfax|\bnotif|\bre-?(?:calc|book|comput|valu|fresh|pric)|\bfinali[sz]"
    r"|\b(?:un)?lock\b|\bmark\b|\bset (?:this|the|as)\b|\bcopy\b|\bwrite\b|\bsync"
    r"|\bcancel (?:the|this|your|it|all)\b|\bundo\b|\bclear\b|\bstore (?:the|this|your|it|them)\b"
    r"|\brecord (?:the|this|an?)\b|\brequest (?:the|an?|new)\b|\btake over\b"
    r"|\ball (?:devices|users|sessions|computers)\b|\bhelpful\b|\bsurvey|\bfeedback"
)
"""What says that something is changed, sent or paid for: somebody's data, money or mail.
`repair/barred.py` has more words, for buttons of which nothing is known."""
ALLOWED = (
    r"\bsav(?:e|ing)\b(?= (?:(?:it|the|this) )?(?:(?:report|bookout|file) )?(?:as|to)"
    r" (?:an? |the |your )?(?:pdf|csv|file|disk|computer)\b)|\bopen or save\b"
    r"|\b(?:remov\w*|clear)(?= (?:the |this |your |all )?filters?\b)"
    r"|\bunsaved changes\b|\blos\w+(?: (?:any|all|your|the|unsaved))* changes\b"
    r"|\bchanges(?: you(?: have)? made)? (?:will|may|might|can|could)(?: not)? be (?:lost|saved)\b"
)
"""What of this a question about a click of ours may say: it makes a file, takes a filter off, and
types nothing that could be lost."""
PROGRESS = (
    r"\b(?:(?:down|re|up)?load|wait|process|prepar|creat|generat|work|send|export|build|render)ing\b"
    r"|\bopening\b"
    r"|\b(?:be|being) (?:creat|generat|prepar|process|load|built|export|render|sent|open)"
    r"|\bplease wait\b|\bwait (?:for|while|until)\b|\bin progress\b|\bmoment\b"
    r"|\bin (?:the|a) queue\b|\bqueued\b|\bshortly\b|^wait\b"
)
"""What a line says of something that is being done."""
MAILED = (
    r"\be-?mailed\b|\b(?:sent|mailed)\b[^.!?]{0,40}(?:\be-?mail|\bmailbox|\binbox|@)"
    r"|\be-?mail (?:has been |was |is )?(?:sent|on its way)|\bcheck your (?:e-?mail|inbox)"
    r"|\b(?:will|'ll|should) (?:soon |shortly )?(?:get|receive)\b[^.!?]{0,30}\be-?mail"
    r"|\b(?:will|'ll) (?:be )?(?:e-?mail|mail|sen[dt])\b[^.!?]{0,40}(?:\be-?mail|@|\byou\b|\blink)"
)
"""What a notice says where a file is sent by mail instead."""
FAILED = (
    r"\berror\b|\bfail(?:ed|ure)?\b|\bunable to\b|\bproblem\b|\bwent wrong\b|\btry again\b"
    r"|\b(?:can|could|was|has)(?: ?not|n't) (?:be|been)\b"
)
"""What a notice says where something could not be done."""

QUESTIONS = json.dumps(
    {
        "progress": PROGRESS,
        "mailed": MAILED,
        "failed": FAILED,
        "changes": CHANGES,
        "allowed": ALLOWED,
        "activeSession": ACTIVE_SESSION,
        "aboutEnd": ABOUT_END,
        "aboutAnother": ABOUT_ANOTHER,
        "asksToStay": ASKS_TO_STAY,
        "asksToLeave": ASKS_TO_LEAVE,
    }
)
"""The same for a function in a .js file."""
