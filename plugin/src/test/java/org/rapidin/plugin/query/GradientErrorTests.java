package org.rapidin.plugin.query;

import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.core.rest.RestStatus;

/** Searches whose gradient ends with an Error that leaves the node usable. */
public class GradientErrorTests extends InfluenceNodeTestCase {
  private static final String SEARCH =
      """
      {"query": {"influence": {"gradient": {"prompt": "capital?", "completion": "it is Paris"}}}}
      """;

  public void testRow05AnUnsatisfiedLinkFailsOneSearchAndHoldsNothing() throws Exception {
    createTrainingIndex("demo");
    for (Error error : new Error[] {new UnsatisfiedLinkError("gone"), new NoClassDefFoundError()}) {
      plugin().gradients().fail(error);
      Exception fault =
          expectThrows(
              Exception.class,
              () -> client().search(new SearchRequest(INDEX).source(source(SEARCH))).actionGet());
      assertEquals(RestStatus.INTERNAL_SERVER_ERROR, ExceptionsHelper.status(fault));
      assertNotNull(ExceptionsHelper.unwrap(fault, error.getClass()));
      assertNothingHeld();
    }
    plugin().gradients().fail(null);
    assertEquals(10, ids(search(SEARCH)).size());
    plugin().expireGradients(); // of the search that succeeded
    assertNothingHeld();
  }

  private void assertNothingHeld() throws Exception {
    assertBusy(
        () -> {
          assertEquals(0, plugin().reservedBytes());
          assertEquals(0, plugin().scans().running());
          assertEquals(0, plugin().scans().waiting());
        });
  }
}
