package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.After;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.guard.BackgroundAction;

/** Searches that cannot be calibrated are refused, and so are backgrounds that cannot be made. */
public class CalibrationRefusalTests extends CalibrationTestCase {
  private static final AtomicBoolean DENIES = new AtomicBoolean();

  /** Refuses one action, as a security plugin does with a user who lacks its permission. */
  public static final class DenyingPlugin extends Plugin implements ActionPlugin {
    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(
          new ActionFilter.Simple() {
            @Override
            protected boolean apply(
                String action, ActionRequest request, ActionListener<?> listener) {
              if (!DENIES.get() || !action.equals(BackgroundAction.NAME)) {
                return true;
              }
              listener.onFailure(
                  new OpenSearchStatusException(
                      "no permissions for [" + action + "]", RestStatus.FORBIDDEN));
              return false;
            }

            @Override
            public int order() {
              return Integer.MIN_VALUE;
            }
          });
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(DenyingPlugin.class);
    return plugins;
  }

  @After
  public void permit() {
    DENIES.set(false);
  }

  /** A user without it does not learn which backgrounds there are, either. */
  public void testABackgroundNeedsItsOwnPermission() throws IOException {
    fill("a", spec("tiny", "logra", Map.of()), documents(DOCUMENTS));
    fit("b", background(Map.of()), null);
    DENIES.set(true);
    for (String id : List.of("b", "none")) {
      assertRefused(
          RestStatus.FORBIDDEN,
          "no permissions for [cluster:admin/rapidin/artefacts/background]",
          () -> search(query(""), "{\"background\":\"" + id + "\"}", ""));
    }
    for (SearchHit hit : search(query(""), "true", "")) {
      assertTrue(number(hit, "storage_error") >= 0);
      assertFalse(calibration(hit).containsKey("background"));
    }
    DENIES.set(false);
    for (SearchHit hit : search(query(""), "{\"background\":\"b\"}", "")) {
      assertTrue(calibration(hit).containsKey("background"));
    }
  }

  public void testWhatCannotBeCalibratedIsRefused() throws IOException {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    fill("c", spec("tiny", "logra", Map.of("max_tokens", 32)), documents(30));
    fit("f", fisher("a", Map.of()), null);
    Map<String, Object> other = background(Map.of());
    other.put("index", "c");
    fit("other", other, null);
    refused("no artefact [none]", () -> search(query(""), "{\"background\":\"none\"}", ""));
    refused(
        "artefact [f] has type [fisher], but an artefact of type [background] is needed here",
        () -> search(query(""), "{\"background\":\"f\"}", ""));
    refused(
        "artefact [other] has type [background], but an artefact of type [fisher] is needed here",
        () -> search(query(",\"preconditioner\":\"other\""), "true", ""));
    refused(
        "artefact [other] has vectors of attributor [c] with fingerprint",
        () -> search(query(""), "{\"background\":\"other\"}", ""));
    refused("the search has no [influence] query", () -> search("{\"match_all\":{}}", "true", ""));
    refused("does not know [backgrond]", () -> search(query(""), "{\"backgrond\":\"b\"}", ""));
    int dimension = vectors("a", List.of(QUERY)).getFirst().length;
    String vector = Arrays.toString(new int[dimension]).replaceFirst("0", "1");
    refused(
        "[ext.influence.calibration] needs the gradient of a text",
        () -> search("{\"influence\":{\"gradient\":{\"vector\":" + vector + "}}}", "true", ""));
    refused(
        "[ext.influence.calibration] cannot be used in a search that scrolls",
        () ->
            client()
                .prepareSearch("a")
                .setScroll(TimeValue.timeValueMinutes(1))
                .setSource(
                    SearchSourceBuilder.fromXContent(
                        createParser(
                            JsonXContent.jsonXContent,
                            "{\"query\":" + query("") + EXT.formatted("true"))))
                .get());
    refused(
        "sample_size of a background must be at least 20",
        () -> fit("b", background(Map.of("sample_size", 19)), null));
    refused(
        "an artefact of type [background] has no [damping]",
        () -> fit("b", background(Map.of("damping", 1)), null));
    refused(
        "a background needs at least 20 documents with a vector, the query matches 15",
        () -> fit("b", background(Map.of()), QueryBuilders.termQuery("half", "odd")));
    refused("type must be one of [fisher, background, pca]", () -> fit("b", typed("x"), null));
    assertEquals(2, artefacts(null).size());
  }

  private static Map<String, Object> typed(String type) {
    Map<String, Object> body = background(Map.of());
    body.put("type", type);
    return body;
  }

  private static void refused(String sentence, Action action) {
    assertRefused(RestStatus.BAD_REQUEST, sentence, action);
  }
}
