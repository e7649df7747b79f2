package org.rapidin.plugin.guard;

import java.util.Set;
import java.util.SortedSet;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ingest.PutPipelineAction;
import org.opensearch.action.ingest.PutPipelineRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.registry.PipelineAttributors;

/**
 * Refuses a pipeline whose {@code rapidgrad} processor names no registered attributor, or renames a
 * field that the attributor's template does not have. The processor's factory cannot do this: it
 * runs at restart, when a refusal would lose the pipeline.
 */
public final class PutPipelineFilter extends SingleActionFilter {
  private final AttributorRegistry registry;

  /**
   * @param registry the attributors of the cluster
   */
  public PutPipelineFilter(AttributorRegistry registry) {
    super(PutPipelineAction.NAME, PutPipelineRequest.class);
    this.registry = registry;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    PutPipelineRequest put = (PutPipelineRequest) request;
    try {
      PipelineAttributors.in(
              XContentHelper.convertToMap(put.getSource(), false, put.getMediaType()).v2())
          .forEach((attributor, renamed) -> check(put.getId(), attributor, renamed));
    } catch (IllegalArgumentException e) {
      listener.onFailure(e);
      return;
    }
    chain.proceed(task, PutPipelineAction.NAME, request, listener);
  }

  private void check(String pipeline, String attributor, SortedSet<String> renamed) {
    Set<String> fields;
    try {
      fields = registry.require(attributor).spec().template().fields();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "pipeline [%s]: %s".formatted(pipeline, e.getMessage()), e);
    }
    for (String field : renamed) {
      if (!fields.contains(field)) {
        throw new IllegalArgumentException(
            "pipeline [%s]: field_map renames [%s], but the template of attributor [%s] reads %s"
                .formatted(pipeline, field, attributor, fields));
      }
    }
  }
}
