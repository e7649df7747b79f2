package org.rapidin.plugin.artefact;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.tasks.Task;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.node.NodesModelAction;

/** What happens to an artefact between the steps of others. */
public class ArtefactRaceTests extends ArtefactNodeTestCase {
  private static final AtomicReference<ActionListenerStep> BEFORE_NODES = new AtomicReference<>();

  /** A step that calls a listener at its end. */
  private interface ActionListenerStep {
    void run(ActionListener<Void> done);
  }

  /** Runs a step before the nodes are asked for their models. */
  public static final class Between extends Plugin implements ActionPlugin {
    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(
          new ActionFilter() {
            @Override
            public int order() {
              return 0;
            }

            @Override
            public <Q extends ActionRequest, A extends ActionResponse> void apply(
                Task task,
                String action,
                Q request,
                ActionRequestMetadata<Q, A> metadata,
                ActionListener<A> listener,
                ActionFilterChain<Q, A> chain) {
              ActionListenerStep step =
                  action.equals(NodesModelAction.NAME) ? BEFORE_NODES.getAndSet(null) : null;
              if (step == null) {
                chain.proceed(task, action, request, listener);
                return;
              }
              step.run(
                  ActionListener.wrap(
                      done -> chain.proceed(task, action, request, listener), listener::onFailure));
            }
          });
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(Between.class);
    return plugins;
  }

  private static AttributorSpec trackStar(Map<String, ?> compression) {
    Map<String, Object> method = new HashMap<>(Map.of("method", "trackstar", "dimension", 300));
    method.putAll(compression);
    Map<String, Object> map =
        new HashMap<>(AttributorSpecFormat.toMap(spec("tiny", "rapidgrad", Map.of())));
    map.put("normalization", "none");
    map.put("score_scale", 1);
    map.put("compression", method);
    return AttributorSpecFormat.fromMap(map);
  }

  public void testAnArtefactThatIsDeletedWhileAnAttributorIsPutIsNotNamed() {
    fill("plain", trackStar(Map.of("unit_norm", false)), documents(20));
    fit("r", fisher("plain", Map.of()), null);
    BEFORE_NODES.set(
        done ->
            client()
                .execute(
                    DeleteArtefactAction.INSTANCE,
                    new ArtefactRequest("r"),
                    ActionListener.wrap(deleted -> done.onResponse(null), done::onFailure)));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "no artefact [r]",
        () -> put("corrected", trackStar(Map.of("autocorrelation", "r"))));
    assertEquals(1, attributors(null).size());
  }
}
