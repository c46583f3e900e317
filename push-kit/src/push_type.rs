//! The push types of route v3.

/// The value of the `push-type` header ("Push Kit, REST API: request structure", push-scenariozed-api-request-struct).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushType {
    /// 0: the system shows a notification, or sets the number on the app's icon.
    Alert,
    /// 1: the system refreshes a widget of the app.
    Widget,
    /// 2: the app's extension process may replace the text before it is shown or spoken.
    Extension,
    /// 6: data for the app.
    Background,
    /// 7: the system updates a live view.
    LiveView,
    /// 10: an incoming call.
    Call,
}

impl PushType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::Alert, Self::Widget, Self::Extension, Self::Background, Self::LiveView, Self::Call];

    /// The number of the header.
    pub const fn number(self) -> i64 {
        match self {
            Self::Alert => 0,
            Self::Widget => 1,
            Self::Extension => 2,
            Self::Background => 6,
            Self::LiveView => 7,
            Self::Call => 10,
        }
    }

    /// The header's value.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Alert => "0",
            Self::Widget => "1",
            Self::Extension => "2",
            Self::Background => "6",
            Self::LiveView => "7",
            Self::Call => "10",
        }
    }

    /// The type with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|push_type| push_type.number() == number)
    }

    /// Tokens in one request at most. A widget refresh takes one; a test message takes ten at most.
    pub const fn max_tokens(self, test_message: bool) -> usize {
        match (self, test_message) {
            (Self::Widget, _) => 1,
            (_, true) => 10,
            (_, false) => 1000,
        }
    }

    /// True for the types whose message can be revoked.
    pub const fn can_be_revoked(self) -> bool {
        matches!(self, Self::Alert | Self::Extension)
    }
}
