//! Users that earlier proofs left: removed once no proof can be using them any more, and named as long as one may.

use std::collections::BTreeSet;

use super::keys::PoolKeys;
use super::refusal::SignInRefusal;
use super::{Proof, Report};
use crate::cloud::{Auth, CloudError};
use crate::model::TemporaryUser;
use crate::user::Progress;

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Removes what killed runs left in these pools, and says what stays. Nobody is made for a user that is kept.
    pub(super) async fn remove_leftovers(
        &self,
        pools: impl Iterator<Item = &String>,
        report: &mut Report,
    ) -> Result<(), CloudError> {
        let pools: BTreeSet<_> = pools.filter(|_| self.test_user.is_none()).collect();
        for pool in pools {
            let notes = self.left_in(pool).await?;
            report.leaves_users |= !notes.is_empty();
            report.notes.extend(notes);
        }
        Ok(())
    }

    /// Removes what they left in a pool; what is to be said of those that stay.
    async fn left_in(&self, pool: &str) -> Result<Vec<String>, CloudError> {
        let id = &self.ids.pools[pool];
        let users = match self.cloud.temporary_users(id).await {
            Ok(users) => users,
            Err(error) => {
                let reason = SignInRefusal::of(error)?.reason;
                return Ok(vec![format!(
                    "whether an earlier verification left users in the pool {pool} ({id}) is not known: {reason}"
                )]);
            }
        };
        let mut notes = vec![];
        for TemporaryUser { username, shown, .. } in self.left_behind(&users) {
            if let Err(error) = self.cloud.delete_user(id, username).await {
                let reason = SignInRefusal::of(error)?.reason;
                notes.push(format!(
                    "the temporary user {shown} of an earlier verification stays in the pool {pool} ({id}): {reason}"
                ));
            }
        }
        let in_use = users.iter().filter(|user| !user.is_left_behind(self.now()));
        let ours = in_use.filter(|user| user.shown.starts_with(self.user_prefix));
        notes.extend(ours.map(|TemporaryUser { shown, .. }| {
            format!(
                "the temporary user {shown} in the pool {pool} ({id}) is another verification's, which goes on or was cut off: `pretoken verify` removes it once it is a quarter of an hour old"
            )
        }));
        Ok(notes)
    }

    fn left_behind<'u>(
        &self,
        users: &'u [TemporaryUser],
    ) -> impl Iterator<Item = &'u TemporaryUser> {
        let now = self.now();
        users.iter().filter(move |user| user.is_left_behind(now))
    }

    /// Where a user stays that this proof made, why, and what removes it.
    pub(super) fn stays(username: &str, pool: &PoolKeys, error: &CloudError) -> String {
        let PoolKeys { name, id, .. } = pool;
        format!(
            "the temporary user {username} stays in the pool {name} ({id}) until the next `pretoken verify`, or `pretoken destroy`: {error}"
        )
    }
}
