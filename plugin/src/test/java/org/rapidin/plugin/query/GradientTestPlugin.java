package org.rapidin.plugin.query;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.lifecycle.LifecycleComponent;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.rapidin.plugin.InfluencePlugin;
import org.rapidin.plugin.artefact.NoArtefacts;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.guard.InfluenceSearchFilter;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.guard.RequestOriginFilter;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientStore;
import org.rapidin.plugin.handle.HandleTransport;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.plugin.scan.ScanPermits;
import org.rapidin.plugin.scan.ScanStats;

/** Field, query and codec of the real plugin, with random gradients and no model. */
public final class GradientTestPlugin extends InfluencePlugin implements CircuitBreakerPlugin {
  private static final long TIME_TO_LIVE = TimeValue.timeValueMinutes(5).nanos();

  private final AtomicLong ahead = new AtomicLong();
  private final AtomicInteger mostQueries = new AtomicInteger();
  private final SetOnce<GradientStore> store = new SetOnce<>();
  private final FakeGradients gradients = new FakeGradients();
  private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();
  private final SetOnce<ScanPermits> permits = new SetOnce<>();
  private final SetOnce<List<ActionFilter>> filters = new SetOnce<>();

  @Override
  protected RegisteredAttributor attributor(String id) {
    return TestAttributors.require(id);
  }

  /** What computes this node's gradients. */
  FakeGradients gradients() {
    return gradients;
  }

  /** Drops gradients that no search uses. */
  void expireGradients() {
    ahead.addAndGet(2 * TIME_TO_LIVE);
    store.get().expire();
  }

  /** What this node scans. */
  ScanStats scans() {
    return permits.get().stats();
  }

  /** The most queries that a scan had since the last call. */
  int mostQueriesOfAScan() {
    return mostQueries.getAndSet(0);
  }

  @Override
  protected ScanEngines scanEngines() {
    ScanEngines cpu = super.scanEngines();
    return new ScanEngines(
        (rows, queries) -> {
          mostQueries.accumulateAndGet(queries.size(), Math::max);
          return cpu.rows().open(rows, queries);
        },
        cpu.codes());
  }

  /** Bytes on the breaker. */
  long reservedBytes() {
    return breaker.get().getUsed();
  }

  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver resolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    store.set(new GradientStore(breaker::get, () -> System.nanoTime() + ahead.get(), TIME_TO_LIVE));
    handles(new GradientHandles(store.get(), () -> clusterService.state().nodes(), threadPool));
    permits.set(ScanPermits.of(environment.settings(), threadPool, handles()::reserve));
    permits(permits.get());
    Supplier<String> localNodeId = () -> clusterService.localNode().getId();
    filters.set(
        List.of(
            new RequestOriginFilter(threadPool.getThreadContext(), localNodeId, () -> null),
            new InfluenceSearchFilter(threadPool.getThreadContext(), client, localNodeId)));
    coordinator(
        new CoordinatorRewrite(
            gradients,
            handles(),
            id -> Optional.of(TestAttributors.require(id)),
            clusterService::state,
            resolver,
            new GradientMappings(),
            InfluenceExtBuilder.WANTED,
            new NoArtefacts()));
    return List.of(handles());
  }

  @Override
  public Collection<Class<? extends LifecycleComponent>> getGuiceServiceClasses() {
    return List.of(HandleTransport.class);
  }

  @Override
  public BreakerSettings getCircuitBreaker(Settings settings) {
    return VectorMemory.breakerSettings(settings);
  }

  @Override
  public void setCircuitBreaker(CircuitBreaker circuitBreaker) {
    breaker.set(circuitBreaker);
  }

  @Override
  public List<Setting<?>> getSettings() {
    return List.of(VectorMemory.LIMIT, ScanPermits.THREADS);
  }

  @Override
  public List<ActionFilter> getActionFilters() {
    return filters.get();
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return List.of(new ActionHandler<>(RawVectorAction.INSTANCE, RawVectorAction.Transport.class));
  }
}
