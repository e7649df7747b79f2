package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.mapper.VectorEnvelope;
import org.rapidin.scorer.ElementType;

/** Writing a vector of one's own needs a permission; letting the pipeline compute one does not. */
public class RawVectorWriteTests extends TinyNodeTestCase {
  private static final int DIMENSION = 256;

  /** Refuses one action, as a security plugin does with a user who lacks its permission. */
  public static final class DenyingPlugin extends Plugin implements ActionPlugin {
    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(
          new ActionFilter.Simple() {
            @Override
            protected boolean apply(
                String action, ActionRequest request, ActionListener<?> listener) {
              if (!action.equals(RawVectorWriteAction.NAME)) {
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

  public void testABroughtVectorInAnyFormIsForbiddenAndTheOtherItemsGoOn() {
    String fingerprint = put("demo", spec("tiny", DIMENSION)).fingerprint();
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    byte[] row = ElementType.FLOAT16.encode(vector);
    // A fingerprint is no secret: naming it does not make a vector the processor's.
    byte[] forged =
        new VectorEnvelope(
                "demo", new VectorOrigin(fingerprint, new byte[32]), ElementType.FLOAT16, row)
            .toBytes();
    Map<String, Object> computed = Map.of("instruction", "a", "output", "b");
    List<Object> brought = List.of(vector, Base64.getEncoder().encodeToString(row), row, forged, 1);
    for (Object value : brought) {
      BulkItemResponse[] items =
          client()
              .prepareBulk()
              .add(new IndexRequest("train").id("1").source(computed))
              .add(new IndexRequest("train").setPipeline("_none").source("gradient", value))
              .add(new IndexRequest("train").setPipeline("_none").source("gradient", null, "a", 1))
              .get()
              .getItems();
      assertFalse(items[0].getFailureMessage(), items[0].isFailed());
      assertTrue(items[1].isFailed());
      assertEquals(RestStatus.FORBIDDEN, items[1].status());
      assertThat(
          items[1].getFailureMessage(), containsString("cluster:admin/rapidin/vectors/write"));
      assertFalse(items[2].getFailureMessage(), items[2].isFailed());
    }
  }

  public void testOtherIndicesMayHaveAFieldOfThatName() {
    Client client = client();
    assertFalse(
        client
            .prepareBulk()
            .add(new IndexRequest("plain").source("gradient", List.of(1, 2)))
            .get()
            .hasFailures());
  }
}
