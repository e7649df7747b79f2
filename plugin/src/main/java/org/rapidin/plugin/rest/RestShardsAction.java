package org.rapidin.plugin.rest;

import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestRequest.Method;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.transport.client.node.NodeClient;
import org.rapidin.plugin.node.NodesVerifyAction;
import org.rapidin.plugin.node.NodesWarmupAction;
import org.rapidin.plugin.node.ShardsRequest;

/**
 * {@code POST _plugins/_rapidin/{what}/{index}?wait_for_completion=true}: does something with the
 * shards of indices, as a task. Ends when the connection is closed, unless it was asked not to
 * wait.
 *
 * @param <A> the answer
 */
public final class RestShardsAction<A extends ActionResponse & ToXContentObject>
    extends BaseRestHandler {
  private final String what;
  private final ActionType<A> action;
  private final Requests requests;

  /** Makes the requests of an action. */
  private interface Requests {
    ShardsRequest request(boolean storesResult, String[] indices);
  }

  private RestShardsAction(String what, ActionType<A> action, Requests requests) {
    this.what = what;
    this.action = action;
    this.requests = requests;
  }

  /** Copies the vectors of indices to GPUs before the first query needs them. */
  public static RestShardsAction<?> warmup() {
    return new RestShardsAction<>("warmup", NodesWarmupAction.INSTANCE, NodesWarmupAction::request);
  }

  /** Compares the vectors of indices with their checksums. */
  public static RestShardsAction<?> verify() {
    return new RestShardsAction<>("verify", NodesVerifyAction.INSTANCE, NodesVerifyAction::request);
  }

  @Override
  public String getName() {
    return "rapidin_" + what;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.POST, "/_plugins/_rapidin/%s/{index}".formatted(what)));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    boolean waits = request.paramAsBoolean("wait_for_completion", true);
    ShardsRequest shards =
        requests.request(!waits, Strings.splitStringByCommaToArray(request.param("index")));
    if (waits) {
      return channel ->
          new RestCancellableNodeClient(client, request.getHttpChannel())
              .execute(action, shards, new RestToXContentListener<>(channel));
    }
    return sendTask(
        client.getLocalNodeId(),
        client.executeLocally(action, shards, LoggingTaskListener.instance()));
  }
}
