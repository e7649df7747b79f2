package org.rapidin.plugin.query;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.RequestValidators;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MappingTransformer;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.EnginePlugin;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.script.ScriptService;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.rapidin.plugin.codec.GradientCodecs;
import org.rapidin.plugin.explain.InfluenceExtBuilder;
import org.rapidin.plugin.explain.InfluenceFetchSubPhase;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.mapper.GradientMappingTransformer;
import org.rapidin.plugin.mapper.GradientMappingValidator;
import org.rapidin.plugin.mapper.GradientVectorFieldType;
import org.rapidin.plugin.mapper.GradientVectorTypeParser;
import org.rapidin.plugin.mapper.TestAttributors;

/** Field, query and codec as the real plugin wires them, with gradients of noise and no model. */
public final class GradientTestPlugin extends Plugin
    implements ActionPlugin, EnginePlugin, MapperPlugin, SearchPlugin {
  private final SetOnce<CoordinatorRewrite> coordinator = new SetOnce<>();

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
    coordinator.set(
        new CoordinatorRewrite(
            new FakeGradients(),
            id -> Optional.of(TestAttributors.require(id)),
            clusterService::state,
            resolver,
            InfluenceExtBuilder::wantsTokens));
    return List.of();
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of(GradientVectorFieldType.TYPE, new GradientVectorTypeParser());
  }

  @Override
  public List<MappingTransformer> getMappingTransformers() {
    return List.of(new GradientMappingTransformer(TestAttributors::require));
  }

  @Override
  public Collection<RequestValidators.RequestValidator<PutMappingRequest>>
      mappingRequestValidators() {
    return List.of(new GradientMappingValidator());
  }

  @Override
  public Optional<AdditionalCodecs> getAdditionalCodecs(IndexSettings settings) {
    return Optional.of(new GradientCodecs());
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
  public List<SearchExtSpec<?>> getSearchExts() {
    return List.of(
        new SearchExtSpec<>(
            InfluenceExtBuilder.NAME, InfluenceExtBuilder::new, InfluenceExtBuilder::fromXContent));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return List.of(new ActionHandler<>(RawVectorAction.INSTANCE, RawVectorAction.Transport.class));
  }
}
