package org.rapidin.plugin;

import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.artefact.Backgrounds;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.explain.CalibrationFilter;
import org.rapidin.plugin.explain.TrainingTokensFilter;
import org.rapidin.plugin.guard.BulkUpdateFilter;
import org.rapidin.plugin.guard.ConnectionThreads;
import org.rapidin.plugin.guard.GradientUpdates;
import org.rapidin.plugin.guard.InfluenceSearchFilter;
import org.rapidin.plugin.guard.PutMappingFilter;
import org.rapidin.plugin.guard.PutPipelineFilter;
import org.rapidin.plugin.guard.RequestOriginFilter;
import org.rapidin.plugin.guard.RestoreCodecFilter;
import org.rapidin.plugin.guard.ShardBulkFilter;
import org.rapidin.plugin.guard.SimulationFilter;
import org.rapidin.plugin.guard.UpdateFilter;
import org.rapidin.plugin.guard.VectorReservationFilter;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.mapper.GradientMappings;

/** The action filters of the plugin. */
final class PluginFilters {
  private PluginFilters() {}

  /**
   * Makes the filters of a node.
   *
   * @param breaker counts the vectors of bulks
   * @param handles the query gradients of the node
   * @param backgrounds finds samples with which influences are compared
   */
  static List<ActionFilter> of(
      NodeServices node,
      AttributorRegistry registry,
      GradientMappings mappings,
      Supplier<CircuitBreaker> breaker,
      Supplier<GradientHandles> handles,
      Backgrounds backgrounds) {
    ThreadContext context = node.threadContext();
    GradientUpdates updates = new GradientUpdates(node.writeIndices(), mappings);
    ConnectionThreads threads = new ConnectionThreads(node.threadPool());
    return List.of(
        new RequestOriginFilter(context, node::localNodeId, node::defaultSearchTimeout),
        new VectorReservationFilter(context, breaker),
        new InfluenceSearchFilter(context, node.client(), node::localNodeId),
        new TrainingTokensFilter(context, node.client(), node::localNodeId, handles),
        new CalibrationFilter(node.threadPool(), node.client(), handles, backgrounds),
        new SimulationFilter(context),
        new PutPipelineFilter(registry),
        new PutMappingFilter(threads),
        new RestoreCodecFilter(
            node.repositories(), node.threadPool().executor(ThreadPool.Names.SNAPSHOT), mappings),
        new UpdateFilter(updates, threads),
        new BulkUpdateFilter(updates, threads),
        new ShardBulkFilter(
            node::state,
            mappings,
            updates,
            node.client(),
            () -> VectorReservation.bound(context),
            threads));
  }
}
