//! Resources by their tags.

use pretoken::cloud::{CloudError, Read as _};
use pretoken::model::Tags;
use serde_json::json;

use crate::replay::{Wire, ok, refused};

#[test]
fn the_list_of_tagged_resources_is_read_to_its_end() {
    let resource = |name: &str| {
        let tags =
            json!([{ "Key": "pretoken:stack", "Value": name }, { "Key": "team", "Value": "a" }]);
        json!({ "ResourceARN": format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"), "Tags": tags })
    };
    let page = |name: &str, next: &str| {
        ok(json!({ "ResourceTagMappingList": [resource(name)], "PaginationToken": next }))
    };
    // AWS ends the list with an empty token.
    let wire = Wire::new([("GetResources", page("one", "t")), ("GetResources", page("two", ""))]);
    let found = wire.run(async |aws| aws.tagged(Tags::STACK).await).expect("read");
    let stacks: Vec<_> = found.iter().filter_map(|tagged| tagged.tags.stack()).collect();
    assert_eq!(stacks, ["one", "two"]);
    assert_eq!(found[1].arn, "arn:aws:lambda:eu-west-1:123456789012:function:two");
    assert_eq!(found[0].tags.0["team"], "a");
    let filters = json!([{ "Key": "pretoken:stack" }]);
    let first = json!({ "TagFilters": filters, "ResourcesPerPage": 100 });
    assert_eq!(wire.sent()[0].body, first);
    assert_eq!(wire.sent()[1].body["PaginationToken"], "t");
}

#[test]
fn a_denial_names_the_permission() {
    let denied = refused(400, "AccessDeniedException", "User: x is not authorized");
    let wire = Wire::new([("GetResources", denied)]);
    let error = wire.run(async |aws| aws.tagged(Tags::STACK).await).expect_err("denied");
    assert!(
        matches!(error, CloudError::Denied { operation, .. } if operation == "tag:GetResources")
    );
}
