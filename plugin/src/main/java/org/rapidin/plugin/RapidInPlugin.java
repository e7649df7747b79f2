package org.rapidin.plugin;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
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
import org.opensearch.common.util.io.IOUtils;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexCreationValidator;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.SystemIndexPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.rapidin.ingest.IngestServices;
import org.rapidin.ingest.RapidGradProcessor;
import org.rapidin.ingest.RapidGradProcessorFactory;
import org.rapidin.plugin.artefact.ArtefactIndex;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.dispatch.GradientTransport;
import org.rapidin.plugin.dispatch.TextCeiling;
import org.rapidin.plugin.dispatch.VectorMemory;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.guard.GradientIndexCheck;
import org.rapidin.plugin.guard.WritePermissions;
import org.rapidin.plugin.handle.HandleTransport;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.plugin.node.ModelThreads;
import org.rapidin.plugin.sample.VectorTransport;

/**
 * Tells OpenSearch what RapidIn adds to it. Only wires; nobody imports it.
 *
 * <p>OpenSearch asks for parsers and processors before it creates components, so those get
 * suppliers. Nothing here touches a model or a native library: both wait for the first gradient.
 */
public final class RapidInPlugin extends InfluencePlugin
    implements CircuitBreakerPlugin, IngestPlugin, SystemIndexPlugin {
  private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();
  private final SetOnce<NodeServices> node = new SetOnce<>();
  private final SetOnce<NodeComponents> components = new SetOnce<>();
  private final AttributorRegistry registry = new AttributorRegistry(() -> node.get().state());

  @Override
  protected RegisteredAttributor attributor(String id) {
    return registry.require(id);
  }

  @Override
  protected Map<String, PipelineConfiguration> pipelines() {
    IngestMetadata ingest = node.get().state().metadata().custom(IngestMetadata.TYPE);
    return ingest == null ? Map.of() : ingest.getPipelines();
  }

  @Override
  protected ScanEngines scanEngines() {
    NodeScanEngine engine = components.get().engine();
    return new ScanEngines(engine, engine, engine.candidates());
  }

  @Override
  protected TimeValue defaultSearchTimeout() {
    return node.get().defaultSearchTimeout();
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
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    node.set(
        new NodeServices(
            client,
            clusterService,
            threadPool,
            environment,
            nodeEnvironment,
            indexNameExpressionResolver,
            repositoriesServiceSupplier));
    components.set(new NodeComponents(node.get(), registry, mappings(), breaker::get));
    handles(components.get().handles());
    permits(components.get().permits());
    coordinator(components.get().coordinator());
    return components.get().all();
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(super::close, components.get());
  }

  @Override
  public Collection<Class<? extends LifecycleComponent>> getGuiceServiceClasses() {
    return List.of(
        GradientTransport.class,
        HandleTransport.class,
        VectorTransport.class,
        WritePermissions.class);
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    return List.of(ModelThreads.builder(settings));
  }

  @Override
  public Collection<SystemIndexDescriptor> getSystemIndexDescriptors(Settings settings) {
    return List.of(ArtefactIndex.descriptor());
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
            index -> components.get().refusals().of(index),
            () -> components.get().gradients(),
            breaker::get,
            parameters.threadContext,
            TextCeiling.MAX_CHARACTERS.get(parameters.env.settings()));
    return Map.of(RapidGradProcessor.TYPE, new RapidGradProcessorFactory(services));
  }

  @Override
  public Collection<IndexCreationValidator> getIndexCreationValidators() {
    return List.of(new GradientIndexCheck(() -> node.get().state(), mappings()));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return PluginActions.handlers();
  }

  @Override
  public List<ActionFilter> getActionFilters() {
    return PluginFilters.of(
        node.get(),
        registry,
        mappings(),
        breaker::get,
        () -> components.get().handles(),
        components.get().backgrounds());
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
