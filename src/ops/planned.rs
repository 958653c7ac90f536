//! A plan, and all that it follows from.

use super::connection::Connection;
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;
use crate::reconcile::plan::{Document, Plan};
use crate::tokens::impact::{ApiImpact, TokenImpact};
use crate::tokens::matrix::Matrix;
use crate::tokens::prospect::Prospect;

/// A plan, and all that it follows from.
pub struct Planned<C> {
    /// Where.
    pub connection: Connection<C>,
    /// What was seen.
    pub actual: Actual,
    /// What is wanted.
    pub desired: Desired,
    /// The package.
    pub zip: Vec<u8>,
    /// What has to be done.
    pub plan: Plan,
    /// Who gains and loses what.
    pub tokens: Vec<TokenImpact>,
    /// The same, and what stays, as kinds of subjects and scopes; nothing if nobody can tell.
    pub matrix: Option<Matrix>,
    /// What will be proven by signing in.
    pub prospect: Prospect,
    /// Who may call which operation of the APIs.
    pub apis: Vec<ApiImpact>,
}

impl<C> Planned<C> {
    /// The document `pretoken/plan/v1`.
    pub fn document(&self) -> Document<'_> {
        let document = self.plan.document(&self.connection.target, &self.tokens);
        Document {
            matrix: self.matrix.as_ref(),
            verify: Some(self.prospect.outlook()),
            apis: &self.apis,
            ..document
        }
    }
}
