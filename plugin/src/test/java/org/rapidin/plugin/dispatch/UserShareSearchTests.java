package org.rapidin.plugin.dispatch;

import static org.hamcrest.Matchers.containsString;

import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.rapidin.plugin.TinyNodeTestCase;

/** The user of a search is known where its gradients are counted, on a real node. */
public class UserShareSearchTests extends TinyNodeTestCase {

  /** A user gets the first gradient of any size, and no second next to it. */
  @Override
  protected Settings nodeSettings() {
    return Settings.builder()
        .put(super.nodeSettings())
        .put("plugins.rapidin.query.user_share", 0)
        .build();
  }

  public void testOnlyAUserWhoHasTooMuchIsRefused() {
    put("demo", spec("tiny", 256));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    client()
        .prepareIndex("train")
        .setSource("instruction", "what", "output", "that")
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    assertEquals(1, hits(null, "this", "these"));
    for (int i = 0; i < 3; i++) { // each search gives back what it took
      assertEquals(1, hits("ann|all|all", "other " + i));
      Exception refused = expectThrows(Exception.class, () -> hits("ann|all|all", "this", "those"));
      assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(refused));
      assertThat(ExceptionsHelper.stackTrace(refused), containsString("searches of user [ann]"));
    }
  }

  private long hits(String user, String... completions) {
    BoolQueryBuilder query = QueryBuilders.boolQuery();
    for (String completion : completions) {
      query.should(
          QueryBuilders.wrapperQuery(
              """
              {"influence": {"gradient":
                {"prompt": "what\\n", "completion": "%s", "_name": "%s"}}}
              """
                  .formatted(completion, completion)));
    }
    ThreadContext context = client().threadPool().getThreadContext();
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      if (user != null) {
        context.putTransient("_opendistro_security_user_info", user);
      }
      return client().prepareSearch("train").setQuery(query).get().getHits().getTotalHits().value();
    }
  }
}
