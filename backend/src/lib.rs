//! PushSeal backend library.
