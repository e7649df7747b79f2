package org.rapidin.plugin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.SetOnce;
import org.opensearch.common.lifecycle.LifecycleComponent;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexCreationValidator;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.search.SearchService;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.rapidin.ingest.IngestServices;
import org.rapidin.ingest.RapidGradProcessor;
import org.rapidin.ingest.RapidGradProcessorFactory;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.GradientTransport;
import org.rapidin.plugin.dispatch.LocalGradients;
import org.rapidin.plugin.dispatch.NodeGradientSource;
import org.rapidin.plugin.dispatch.PermittedGradients;
import org.rapidin.plugin.dispatch.QueryGradientCache;
import org.rapidin.plugin.dispatch.QueryGradients;
import org.rapidin.plugin.dispatch.TextCeiling;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.gpu.NodeGpuSettings;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.guard.BulkUpdateFilter;
import org.rapidin.plugin.guard.ConnectionThreads;
import org.rapidin.plugin.guard.GradientIndexCheck;
import org.rapidin.plugin.guard.GradientUpdates;
import org.rapidin.plugin.guard.InfluenceSearchFilter;
import org.rapidin.plugin.guard.PutPipelineFilter;
import org.rapidin.plugin.guard.RequestOriginFilter;
import org.rapidin.plugin.guard.RestoreCodecFilter;
import org.rapidin.plugin.guard.ShardBulkFilter;
import org.rapidin.plugin.guard.SimulationFilter;
import org.rapidin.plugin.guard.UpdateFilter;
import org.rapidin.plugin.guard.VectorReservationFilter;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientStore;
import org.rapidin.plugin.handle.HandleTransport;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.node.ModelThreads;
import org.rapidin.plugin.query.CoordinatorRewrite;
import org.rapidin.plugin.scan.ScanPermits;

/**
 * Tells OpenSearch what RapidIn adds to it. Only wires; nobody imports it.
 *
 * <p>OpenSearch asks for parsers and processors before it creates components, so those get
 * suppliers. Nothing here touches a model or a native library: both wait for the first gradient.
 */
public final class RapidInPlugin extends InfluencePlugin
    implements CircuitBreakerPlugin, IngestPlugin {
  private final SetOnce<ClusterService> cluster = new SetOnce<>();
  private final SetOnce<ThreadContext> threadContext = new SetOnce<>();
  private final SetOnce<IndexNameExpressionResolver> resolver = new SetOnce<>();
  private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();
  private final GradientMappings mappings = new GradientMappings();
  private final SetOnce<LocalGradients> localGradients = new SetOnce<>();
  private final SetOnce<NodeScanEngine> engine = new SetOnce<>();
  private final SetOnce<NodeGradientSource> gradients = new SetOnce<>();
  private final SetOnce<Client> client = new SetOnce<>();
  private final SetOnce<ThreadPool> pool = new SetOnce<>();
  private final SetOnce<Supplier<RepositoriesService>> repositories = new SetOnce<>();
  private final AttributorRegistry registry = new AttributorRegistry(() -> cluster.get().state());

  @Override
  protected RegisteredAttributor attributor(String id) {
    return registry.require(id);
  }

  @Override
  protected ScanEngines scanEngines() {
    return new ScanEngines(engine.get(), engine.get());
  }

  @Override
  protected TimeValue defaultSearchTimeout() {
    return cluster.get().getClusterSettings().get(SearchService.DEFAULT_SEARCH_TIMEOUT_SETTING);
  }

  @Override
  public Collection<Object> createComponents(
      Client nodeClient,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    client.set(nodeClient);
    cluster.set(clusterService);
    pool.set(threadPool);
    repositories.set(repositoriesServiceSupplier);
    threadContext.set(threadPool.getThreadContext());
    resolver.set(indexNameExpressionResolver);
    engine.set(
        new NodeScanEngine(NodeGpuSettings.of(environment.settings()), threadPool.generic()));
    ModelCatalog catalog = new ModelCatalog(environment.configDir());
    LocalGradients local =
        new LocalGradients(
            environment.settings(),
            catalog,
            cacheDirectory(environment, nodeEnvironment),
            environment.pluginsDir().resolve("rapidin"),
            engine.get().devices());
    localGradients.set(local);
    gradients.set(
        new NodeGradientSource(
            local,
            () -> clusterService.state().nodes(),
            threadPool,
            TextCeiling.MAX_CHARACTERS.get(environment.settings())));
    QueryGradients queryGradients =
        new QueryGradients(
            gradients.get(),
            new QueryGradientCache(
                QueryGradientCache.SIZE.get(environment.settings()).getBytes(), breaker::get),
            threadPool.getThreadContext());
    handles(
        new GradientHandles(
            new GradientStore(
                breaker::get,
                System::nanoTime,
                GradientStore.TIME_TO_LIVE.get(environment.settings()).nanos()),
            () -> clusterService.state().nodes(),
            threadPool));
    coordinator(
        new CoordinatorRewrite(
            new PermittedGradients(nodeClient),
            handles(),
            registry::find,
            clusterService::state,
            indexNameExpressionResolver,
            mappings,
            InfluenceExtBuilder::wantsTokens));
    ScanPermits permits = ScanPermits.of(environment.settings(), threadPool, handles()::reserve);
    permits(permits);
    return List.of(
        registry,
        mappings,
        catalog,
        local,
        gradients.get(),
        queryGradients,
        handles(),
        permits,
        engine.get());
  }

  /** The data path outlives the node's process, its temporary directory does not. */
  private static Path cacheDirectory(Environment environment, NodeEnvironment nodeEnvironment) {
    return nodeEnvironment.hasNodeFile()
        ? nodeEnvironment.nodeDataPaths()[0].resolve("rapidin")
        : environment.tmpDir().resolve("rapidin");
  }

  @Override
  public void close() throws IOException {
    super.close();
    if (localGradients.get() != null) {
      localGradients.get().close();
    }
    if (engine.get() != null) {
      engine.get().close();
    }
  }

  @Override
  public Collection<Class<? extends LifecycleComponent>> getGuiceServiceClasses() {
    return List.of(GradientTransport.class, HandleTransport.class);
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    return List.of(ModelThreads.builder(settings));
  }

  @Override
  public List<Setting<?>> getSettings() {
    return PluginSettings.all();
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
  public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
    IngestServices services =
        new IngestServices(
            id -> registry.require(id).resolved(),
            gradients::get,
            breaker::get,
            parameters.threadContext,
            TextCeiling.MAX_CHARACTERS.get(parameters.env.settings()));
    return Map.of(RapidGradProcessor.TYPE, new RapidGradProcessorFactory(services));
  }

  @Override
  public Collection<IndexCreationValidator> getIndexCreationValidators() {
    return List.of(new GradientIndexCheck(() -> cluster.get().state(), mappings));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return PluginActions.handlers();
  }

  @Override
  public List<ActionFilter> getActionFilters() {
    Supplier<ClusterState> state = () -> cluster.get().state();
    ThreadContext context = threadContext.get();
    GradientUpdates updates = new GradientUpdates(state, resolver.get(), mappings);
    ConnectionThreads threads = new ConnectionThreads(pool.get());
    return List.of(
        new RequestOriginFilter(
            context, () -> cluster.get().localNode().getId(), this::defaultSearchTimeout),
        new VectorReservationFilter(context, breaker::get),
        new InfluenceSearchFilter(context, client.get(), () -> cluster.get().localNode().getId()),
        new SimulationFilter(context),
        new PutPipelineFilter(registry),
        new RestoreCodecFilter(
            () -> repositories.get().get(),
            pool.get().executor(ThreadPool.Names.SNAPSHOT),
            mappings),
        new UpdateFilter(updates, threads),
        new BulkUpdateFilter(updates, threads),
        new ShardBulkFilter(
            state,
            mappings,
            updates,
            client.get(),
            () -> VectorReservation.bound(context),
            threads));
  }

  @Override
  public List<RestHandler> getRestHandlers(
      Settings settings,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster) {
    return PluginActions.restHandlers(registry);
  }

  @Override
  public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
    return PluginNames.writeables();
  }

  @Override
  public List<NamedXContentRegistry.Entry> getNamedXContent() {
    return PluginNames.contents();
  }
}
