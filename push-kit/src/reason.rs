//! Why Push Kit refuses a token, and what to do about it.
//!
//! Source: Huawei, "Push Kit, REST API: scenario-based messages, response parameters" (push-scenariozed-api-response), codes
//! 80100000 and 80300007.

/// What to do about a refused token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The token will never work again: delete it, and wait until its device registers a new one.
    InvalidToken,
    /// The app or its project lacks something in the console: a person has to act. The token may be good.
    Configuration,
    /// This message cannot reach this token, whenever it is sent. The token may be good.
    Permanent,
}

/// A token that Push Kit refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The token, as sent.
    pub token: String,
    /// Push Kit's reason, trimmed; `illegal_tokens` on the routes v1 and v2, which give none.
    pub reason: String,
    /// What to do about it.
    pub advice: Advice,
}

impl Advice {
    /// The advice for a reason. Only `tokenFormatError` speaks about the token alone; a reason that is not known says nothing
    /// about it.
    pub fn of(reason: &str) -> Self {
        match reason {
            "tokenFormatError" => Self::InvalidToken,
            _ if remedy(reason).is_some() => Self::Configuration,
            _ => Self::Permanent,
        }
    }
}

/// What a person has to do in the console about a reason; `None` when the reason asks for nothing there.
pub fn remedy(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "noPushTypeRight" => "apply for the right to send this push-type in the console",
        "noRight" => {
            "the token's app is not in this project, or the device was upgraded to HarmonyOS 5 and has an old token: check the \
             project of the key file and the sending address"
        }
        "countryNotSupport" => {
            "the device's country is not served from here: check the app's data processing location and the region"
        }
        "atomicUnableSendUnsubscribedMsg" => {
            "an atomic service may send subscribed messages and widget refreshes only"
        }
        "disableSendHuaweiMsgBecauseOfPenalty" => "Push Kit has restricted this app: see the console",
        "appinfoError" => "the app does not exist in the console, or was made a moment ago",
        "noRightToSendThisLiveNotificationEvent" => {
            "apply for the right to send live views of this event in the console"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_documented_reason_has_its_advice() {
        let table = [
            ("tokenFormatError", Advice::InvalidToken),
            ("noPushTypeRight", Advice::Configuration),
            ("noRight", Advice::Configuration),
            ("atomicUnableSendUnsubscribedMsg", Advice::Configuration),
            ("countryNotSupport", Advice::Configuration),
            ("disableSendHuaweiMsgBecauseOfPenalty", Advice::Configuration),
            ("appinfoError", Advice::Configuration),
            ("noRightToSendThisLiveNotificationEvent", Advice::Configuration),
            ("tokenPlatformNotSupport", Advice::Permanent),
            ("differentImgVerifyPolicy", Advice::Permanent),
            ("notSupportPlayVoice", Advice::Permanent),
            ("illegal_tokens", Advice::Permanent),
            ("somethingNew", Advice::Permanent),
        ];
        for (reason, advice) in table {
            assert_eq!(Advice::of(reason), advice, "{reason}");
        }
    }
}
