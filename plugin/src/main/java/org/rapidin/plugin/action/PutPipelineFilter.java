package org.rapidin.plugin.action;

import java.util.Set;
import java.util.SortedSet;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ingest.PutPipelineRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.action.ActionListener;
import org.rapidin.plugin.attributor.AttributorRegistry;

/**
 * Refuses a pipeline whose {@code rapidgrad} processor names no registered attributor, or renames a
 * field that the attributor's template does not have. Not the factory's work: that runs at restart,
 * when a refusal would lose the pipeline.
 */
public final class PutPipelineFilter extends ActionFilter.Simple {
  private final AttributorRegistry registry;

  /**
   * @param registry the attributors there are
   */
  public PutPipelineFilter(AttributorRegistry registry) {
    this.registry = registry;
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  protected boolean apply(String action, ActionRequest request, ActionListener<?> listener) {
    if (!(request instanceof PutPipelineRequest put)) {
      return true;
    }
    try {
      PipelineAttributors.in(
              XContentHelper.convertToMap(put.getSource(), false, put.getMediaType()).v2())
          .forEach((attributor, renamed) -> check(put.getId(), attributor, renamed));
      return true;
    } catch (IllegalArgumentException e) {
      listener.onFailure(e);
      return false;
    }
  }

  private void check(String pipeline, String attributor, SortedSet<String> renamed) {
    if (registry.find(attributor).isEmpty()) {
      throw new IllegalArgumentException(
          "pipeline ["
              + pipeline
              + "]: "
              + AttributorRegistry.unknown(attributor, registry.ids()).getMessage());
    }
    Set<String> fields = registry.require(attributor).spec().template().fields();
    for (String field : renamed) {
      if (!fields.contains(field)) {
        throw new IllegalArgumentException(
            "pipeline ["
                + pipeline
                + "]: field_map renames ["
                + field
                + "], but the template of attributor ["
                + attributor
                + "] reads "
                + fields);
      }
    }
  }
}
