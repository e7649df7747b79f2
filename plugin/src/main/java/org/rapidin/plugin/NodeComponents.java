package org.rapidin.plugin;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.common.util.io.IOUtils;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.rapidin.attribution.service.NodeParts;
import org.rapidin.plugin.artefact.ArtefactIndex;
import org.rapidin.plugin.artefact.Artefacts;
import org.rapidin.plugin.artefact.Backgrounds;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.dispatch.NodeGradientSource;
import org.rapidin.plugin.dispatch.PermittedGradients;
import org.rapidin.plugin.dispatch.QueryGradientCache;
import org.rapidin.plugin.dispatch.QueryGradients;
import org.rapidin.plugin.dispatch.TextCeiling;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.gpu.NodeGpuSettings;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.guard.VectorRefusals;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientStore;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.query.CoordinatorRewrite;
import org.rapidin.plugin.scan.ScanPermits;

/**
 * The parts of a node that compute, keep and scan gradients. Creating them loads no model and no
 * native library, and starts no thread; the first gradient does. So nothing is left open where
 * creating them fails, and OpenSearch closes no plugin then.
 */
final class NodeComponents implements Closeable {
  private final NodeServices node;
  private final AttributorRegistry registry;
  private final GradientMappings mappings;
  private final NodeScanEngine engine;
  private final ModelCatalog catalog;
  private final LocalGradients local;
  private final NodeGradientSource gradients;
  private final QueryGradients queryGradients;
  private final GradientHandles handles;
  private final ScanPermits permits;
  private final ArtefactCounts artefactCounts = new ArtefactCounts();
  private final Artefacts artefacts;
  private final VectorRefusals refusals;
  private final List<Closeable> opened = new ArrayList<>();

  /**
   * Creates the parts.
   *
   * @param breaker counts vectors; called with the first
   */
  NodeComponents(
      NodeServices node,
      AttributorRegistry registry,
      GradientMappings mappings,
      Supplier<CircuitBreaker> breaker) {
    this.node = node;
    this.registry = registry;
    this.mappings = mappings;
    engine = new NodeScanEngine(NodeGpuSettings.of(node.settings()), node.threadPool().generic());
    artefacts =
        new Artefacts(
            new ArtefactIndex(node.client(), node::state),
            node.threadPool(),
            breaker,
            Artefacts.CACHE_SIZE.get(node.settings()).getBytes(),
            artefactCounts);
    catalog = new ModelCatalog(node.environment().configDir());
    local =
        new LocalGradients(
            node.settings(),
            catalog,
            node.cacheDirectory(),
            node.environment().pluginsDir().resolve("rapidin"),
            new NodeParts(engine.devices(), artefacts));
    gradients =
        new NodeGradientSource(
            local,
            () -> node.state().nodes(),
            node.threadPool(),
            TextCeiling.MAX_CHARACTERS.get(node.settings()));
    queryGradients =
        new QueryGradients(
            gradients,
            new QueryGradientCache(
                QueryGradientCache.SIZE.get(node.settings()).getBytes(), breaker),
            node.threadContext());
    handles =
        new GradientHandles(
            new GradientStore(
                breaker, System::nanoTime, GradientStore.TIME_TO_LIVE.get(node.settings()).nanos()),
            () -> node.state().nodes(),
            node.threadPool());
    refusals = new VectorRefusals(node.writeIndices(), mappings, node.threadContext());
    permits = ScanPermits.of(node.settings(), node.threadPool(), handles::reserve);
    opened.add(local::close);
    opened.add(engine::close);
  }

  /** What other parts of OpenSearch may have injected. */
  Collection<Object> all() {
    return List.of(
        registry,
        mappings,
        catalog,
        local,
        gradients,
        queryGradients,
        handles,
        permits,
        engine,
        artefacts,
        artefactCounts,
        refusals);
  }

  /** Makes what resolves the influence queries that this node coordinates. */
  CoordinatorRewrite coordinator() {
    return new CoordinatorRewrite(
        new PermittedGradients(node.client()),
        handles,
        registry::find,
        node::state,
        node.indexNames(),
        mappings,
        InfluenceExtBuilder.WANTED,
        artefacts);
  }

  NodeScanEngine engine() {
    return engine;
  }

  NodeGradientSource gradients() {
    return gradients;
  }

  VectorRefusals refusals() {
    return refusals;
  }

  GradientHandles handles() {
    return handles;
  }

  Backgrounds backgrounds() {
    return artefacts;
  }

  ScanPermits permits() {
    return permits;
  }

  /** What {@link #close} closes, in order. */
  List<Closeable> opened() {
    return opened;
  }

  /** Closes each part, also where another cannot be closed. */
  @Override
  public void close() throws IOException {
    IOUtils.close(opened);
  }
}
