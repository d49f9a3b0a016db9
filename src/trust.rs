//! The stages of trust as types. A value moves by value from one to the next; there is no way around.
//!
//! `Unverified<T>`: parsed, nothing believed. `Verified<T>`: read from octets that a trusted key vouched for.
//! `Validated<T>`: and every planned rule was judged, and none refused. Only the last one hands out its content.

use crate::crypto::VerifiedOctets;
use crate::report::ChecksPassed;
use core::fmt;
use core::ops::Deref;

/// A message that was parsed, and of which nothing is believed yet. It has no accessor to its content.
///
/// ```compile_fail
/// fn read<T>(message: &bonafide::Unverified<T>) -> &T {
///     &message.0
/// }
/// ```
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    pub(crate) const fn new(content: T) -> Self {
        Self(content)
    }

    pub(crate) const fn content(&self) -> &T {
        &self.0
    }

    pub(crate) fn into_content(self) -> T {
        self.0
    }
}

/// A message that was read from octets that a trusted key vouched for. Addressee, time and replay are not judged yet.
///
/// ```compile_fail
/// fn make<T>(content: T) -> bonafide::Verified<T> {
///     bonafide::Verified(content)
/// }
/// ```
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Reads the content from vouched octets: the only way to a `Verified`.
    pub(crate) fn read<E>(
        octets: &VerifiedOctets<'_>,
        read: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<Self, E> {
        read(octets.as_bytes()).map(Self)
    }

    pub(crate) const fn content(&self) -> &T {
        &self.0
    }

    /// Two verified parts are verified together.
    pub(crate) fn zip<U>(self, other: Verified<U>) -> Verified<(T, U)> {
        Verified((self.0, other.0))
    }

    /// A part of verified content is verified.
    pub(crate) fn map<U>(self, part: impl FnOnce(T) -> U) -> Verified<U> {
        Verified(part(self.0))
    }
}

/// A message that is genuine, meant for this service, valid now, and that no planned rule refuses.
///
/// It dereferences to its content. It cannot be made outside this crate:
///
/// ```compile_fail
/// fn make<T>(content: T) -> bonafide::Validated<T> {
///     bonafide::Validated(content)
/// }
/// ```
///
/// and it cannot be copied by cloning the proof:
///
/// ```compile_fail
/// fn copy(login: &bonafide::Validated<String>) -> bonafide::Validated<String> {
///     login.clone()
/// }
/// ```
pub struct Validated<T>(T);

impl<T> Validated<T> {
    /// Both proofs in hand: vouched octets and passed checks.
    pub(crate) fn new(verified: Verified<T>, _passed: ChecksPassed) -> Self {
        Self(verified.0)
    }

    /// The content, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Validated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

macro_rules! debug_by_name {
    ($($stage:ident)*) => { $(
        impl<T> fmt::Debug for $stage<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($stage), "<{}>"), core::any::type_name::<T>())
            }
        }
    )* };
}

debug_by_name! { Unverified Verified Validated }
