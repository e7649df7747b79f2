package org.rapidin.plugin;

import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.plugins.ActionPlugin.ActionHandler;
import org.opensearch.rest.RestHandler;
import org.rapidin.plugin.artefact.DeleteArtefactAction;
import org.rapidin.plugin.artefact.FitArtefactAction;
import org.rapidin.plugin.artefact.GetArtefactsAction;
import org.rapidin.plugin.artefact.TransportFitArtefactAction;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.compare.CompareAction;
import org.rapidin.plugin.compare.TransportCompareAction;
import org.rapidin.plugin.dispatch.QueryGradientAction;
import org.rapidin.plugin.dispatch.TrainingTokensAction;
import org.rapidin.plugin.dispatch.TransportQueryGradientAction;
import org.rapidin.plugin.dispatch.TransportTrainingTokensAction;
import org.rapidin.plugin.guard.BackgroundAction;
import org.rapidin.plugin.guard.RawVectorAction;
import org.rapidin.plugin.guard.RawVectorWriteAction;
import org.rapidin.plugin.node.NodesCheckAction;
import org.rapidin.plugin.node.NodesLoadAction;
import org.rapidin.plugin.node.NodesModelAction;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.node.NodesVectorsAction;
import org.rapidin.plugin.node.NodesVerifyAction;
import org.rapidin.plugin.node.NodesWarmupAction;
import org.rapidin.plugin.node.TransportNodesCheckAction;
import org.rapidin.plugin.node.TransportNodesLoadAction;
import org.rapidin.plugin.node.TransportNodesModelAction;
import org.rapidin.plugin.node.TransportNodesStatsAction;
import org.rapidin.plugin.node.TransportNodesVectorsAction;
import org.rapidin.plugin.node.TransportNodesVerifyAction;
import org.rapidin.plugin.node.TransportNodesWarmupAction;
import org.rapidin.plugin.registry.DeleteAttributorAction;
import org.rapidin.plugin.registry.GetAttributorsAction;
import org.rapidin.plugin.registry.PutAttributorAction;
import org.rapidin.plugin.registry.TransportDeleteAttributorAction;
import org.rapidin.plugin.registry.TransportGetAttributorsAction;
import org.rapidin.plugin.registry.TransportPutAttributorAction;
import org.rapidin.plugin.registry.TransportVectorizeAction;
import org.rapidin.plugin.registry.VectorizeAction;
import org.rapidin.plugin.rest.RestCheckAttributorAction;
import org.rapidin.plugin.rest.RestCompareAction;
import org.rapidin.plugin.rest.RestDeleteArtefactAction;
import org.rapidin.plugin.rest.RestDeleteAttributorAction;
import org.rapidin.plugin.rest.RestExplainTokensAction;
import org.rapidin.plugin.rest.RestFitArtefactAction;
import org.rapidin.plugin.rest.RestGetArtefactsAction;
import org.rapidin.plugin.rest.RestGetAttributorsAction;
import org.rapidin.plugin.rest.RestLoadModelAction;
import org.rapidin.plugin.rest.RestModelsAction;
import org.rapidin.plugin.rest.RestPutAttributorAction;
import org.rapidin.plugin.rest.RestShardsAction;
import org.rapidin.plugin.rest.RestStatsAction;
import org.rapidin.plugin.rest.RestVectorizeAction;

/** The actions of the plugin, and their REST handlers. */
final class PluginActions {
  private PluginActions() {}

  static List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> handlers() {
    return List.of(
        new ActionHandler<>(PutAttributorAction.INSTANCE, TransportPutAttributorAction.class),
        new ActionHandler<>(GetAttributorsAction.INSTANCE, TransportGetAttributorsAction.class),
        new ActionHandler<>(DeleteAttributorAction.INSTANCE, TransportDeleteAttributorAction.class),
        new ActionHandler<>(CompareAction.INSTANCE, TransportCompareAction.class),
        new ActionHandler<>(FitArtefactAction.INSTANCE, TransportFitArtefactAction.class),
        new ActionHandler<>(GetArtefactsAction.INSTANCE, GetArtefactsAction.Transport.class),
        new ActionHandler<>(DeleteArtefactAction.INSTANCE, DeleteArtefactAction.Transport.class),
        new ActionHandler<>(NodesModelAction.INSTANCE, TransportNodesModelAction.class),
        new ActionHandler<>(NodesLoadAction.INSTANCE, TransportNodesLoadAction.class),
        new ActionHandler<>(NodesCheckAction.INSTANCE, TransportNodesCheckAction.class),
        new ActionHandler<>(NodesStatsAction.INSTANCE, TransportNodesStatsAction.class),
        new ActionHandler<>(NodesVectorsAction.INSTANCE, TransportNodesVectorsAction.class),
        new ActionHandler<>(NodesWarmupAction.INSTANCE, TransportNodesWarmupAction.class),
        new ActionHandler<>(NodesVerifyAction.INSTANCE, TransportNodesVerifyAction.class),
        new ActionHandler<>(QueryGradientAction.INSTANCE, TransportQueryGradientAction.class),
        new ActionHandler<>(TrainingTokensAction.INSTANCE, TransportTrainingTokensAction.class),
        new ActionHandler<>(VectorizeAction.INSTANCE, TransportVectorizeAction.class),
        new ActionHandler<>(BackgroundAction.INSTANCE, BackgroundAction.Transport.class),
        new ActionHandler<>(RawVectorAction.INSTANCE, RawVectorAction.Transport.class),
        new ActionHandler<>(RawVectorWriteAction.INSTANCE, RawVectorWriteAction.Transport.class));
  }

  static List<RestHandler> restHandlers(AttributorRegistry registry) {
    return List.of(
        new RestPutAttributorAction(),
        new RestCheckAttributorAction(registry),
        new RestCompareAction(),
        new RestGetAttributorsAction(),
        new RestDeleteAttributorAction(),
        new RestFitArtefactAction(),
        new RestGetArtefactsAction(),
        new RestDeleteArtefactAction(),
        new RestLoadModelAction(),
        new RestModelsAction(),
        new RestStatsAction(),
        new RestVectorizeAction(),
        new RestExplainTokensAction(),
        RestShardsAction.warmup(),
        RestShardsAction.verify());
  }
}
