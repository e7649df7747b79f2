package org.rapidin.plugin;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.action.RequestValidators;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.common.SetOnce;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.index.IndexModule;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MappingTransformer;
import org.opensearch.index.shard.IndexSettingProvider;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.NetworkPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.transport.TransportInterceptor;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.codec.GradientCodecs;
import org.rapidin.plugin.codec.GradientIndexDefaults;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.explain.InfluenceFetchSubPhase;
import org.rapidin.plugin.explain.InfluenceSearchListener;
import org.rapidin.plugin.explain.StoredTexts;
import org.rapidin.plugin.explain.TokenInfluences;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.lucene.ScanEngines;
import org.rapidin.plugin.mapper.GradientMappingTransformer;
import org.rapidin.plugin.mapper.GradientMappingValidator;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.GradientVectorFieldMapper;
import org.rapidin.plugin.mapper.GradientVectorFieldType;
import org.rapidin.plugin.query.CoordinatorRewrite;
import org.rapidin.plugin.query.InfluenceClauses;
import org.rapidin.plugin.query.InfluenceQueryBuilder;
import org.rapidin.plugin.query.ShardTimes;
import org.rapidin.plugin.scan.ScanGate;
import org.rapidin.plugin.scan.ScanPermits;

/**
 * The field type, the codec and the query of gradient vectors. A subclass provides the attributors
 * and what computes gradients.
 */
public abstract class InfluencePlugin extends Plugin
    implements ActionPlugin, EnginePlugin, MapperPlugin, NetworkPlugin, SearchPlugin {
  private final SetOnce<GradientHandles> handles = new SetOnce<>();
  private final SetOnce<CoordinatorRewrite> coordinator = new SetOnce<>();
  private final GradientMappings mappings = new GradientMappings();
  private final SetOnce<ScanPermits> permits = new SetOnce<>();
  private final ScanGate gate =
      new ScanGate(
          permits::get,
          context -> RequestOrigin.bound(context).deadline(),
          source -> !InfluenceClauses.in(source).isEmpty(),
          InfluenceClauses::scanAll);

  /**
   * An attributor of the cluster.
   *
   * @throws IllegalArgumentException if there is none of this id; names those that exist
   */
  protected abstract RegisteredAttributor attributor(String id);

  /** The gradient fields of indices. */
  protected final GradientMappings mappings() {
    return mappings;
  }

  /** What scores segments; asked for each query. */
  protected ScanEngines scanEngines() {
    return ScanEngines.onCpu();
  }

  /** The pipelines of the cluster by id. */
  protected Map<String, PipelineConfiguration> pipelines() {
    return Map.of();
  }

  /** Sets where resolved gradients are kept; called once, when components are created. */
  protected final void handles(GradientHandles created) {
    handles.set(created);
  }

  /** Where resolved gradients are kept. */
  protected final GradientHandles handles() {
    return handles.get();
  }

  /** How long a search may take that does not say it; null for no limit. */
  protected TimeValue defaultSearchTimeout() {
    return null;
  }

  /** Sets how many shards are scanned at the same time; called once, with the components. */
  protected final void permits(ScanPermits created) {
    permits.set(created);
  }

  /** Sets what resolves queries; called once, when components are created. */
  protected final void coordinator(CoordinatorRewrite created) {
    coordinator.set(created);
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(
        GradientVectorFieldType.TYPE, GradientVectorFieldMapper.parser(this::scanEngines));
  }

  @Override
  public List<MappingTransformer> getMappingTransformers() {
    return List.of(new GradientMappingTransformer(this::attributor));
  }

  @Override
  public Collection<RequestValidators.RequestValidator<PutMappingRequest>>
      mappingRequestValidators() {
    return List.of(new GradientMappingValidator(mappings));
  }

  @Override
  public Optional<AdditionalCodecs> getAdditionalCodecs(IndexSettings indexSettings) {
    return Optional.of(new GradientCodecs());
  }

  @Override
  public Collection<IndexSettingProvider> getAdditionalIndexSettingProviders() {
    return List.of(new GradientIndexDefaults());
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            InfluenceQueryBuilder.NAME,
            in -> new InfluenceQueryBuilder(in, coordinator::get),
            parser -> InfluenceQueryBuilder.fromXContent(parser, coordinator::get)));
  }

  @Override
  public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
    return List.of(new InfluenceFetchSubPhase());
  }

  @Override
  public void onIndexModule(IndexModule index) {
    index.addSearchOperationListener(
        new InfluenceSearchListener(
            handles::get, new StoredTexts(this::attributor, this::pipelines)));
    index.addSearchOperationListener(gate);
  }

  @Override
  public List<TransportInterceptor> getTransportInterceptors(
      NamedWriteableRegistry namedWriteableRegistry, ThreadContext context) {
    // The handler sees the first one's channel, and the last one gets the request first: a permit
    // is not kept while influences on tokens come, and the time of the request counts from its
    // arrival.
    return List.of(
        gate,
        new TokenInfluences(handles::get),
        new ShardTimes(context, this::defaultSearchTimeout));
  }

  @Override
  public void close() throws IOException {
    if (permits.get() != null) {
      permits.get().close();
    }
  }

  @Override
  public List<SearchExtSpec<?>> getSearchExts() {
    return List.of(
        new SearchExtSpec<>(
            InfluenceExtBuilder.NAME,
            InfluenceExtBuilder::read,
            InfluenceExtBuilder::fromXContent));
  }
}
