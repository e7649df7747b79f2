package org.rapidin.attribution.model.decoder.composed;

import java.util.Objects;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;

/** A decoder that is composed of shared parts: its shape, and its family's plan of a layer. */
public record ComposedConfig(DecoderShape shape, DecoderPlan plan) implements DecoderConfig {
  public ComposedConfig {
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(plan, "plan");
  }

  @Override
  public int hiddenSize() {
    return shape.hiddenSize();
  }

  @Override
  public int layers() {
    return shape.layers();
  }

  @Override
  public int heads() {
    return shape.heads();
  }

  @Override
  public int vocabularySize() {
    return shape.vocabularySize();
  }

  @Override
  public int maxPositions() {
    return shape.maxPositions();
  }

  @Override
  public long linearWidths(int rows) {
    ModelLayout.Builder first = new ModelLayout.Builder();
    plan.declare(new LayerLayout(first, plan.names(), 0, shape.norm()));
    long all = first.build("", "").linears().stream().mapToLong(ParameterShape::outputs).sum();
    return plan.linearWidths(all, rows);
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return plan.additionalFloats(keys, rows);
  }

  @Override
  public ModelLayout layout() {
    ModuleNames names = plan.names();
    ModelLayout.Builder layout = plan.describe(new ModelLayout.Builder());
    String embedding = names.embedding() + ".weight";
    String head = names.head() + ".weight";
    addTable(layout, embedding, shape.vocabularySize());
    if (!names.positions().isEmpty()) {
      addTable(layout, names.positions() + ".weight", shape.maxPositions());
      layout.positions(names.positions() + ".weight");
    }
    for (int i = 0; i < shape.layers(); i++) {
      plan.declare(new LayerLayout(layout, names, i, shape.norm()));
    }
    long width = shape.hiddenSize();
    layout.add(names.norm() + ".weight", Role.NORM, ParameterShape.OUTSIDE, width);
    if (shape.norm() == NormModule.Kind.LAYER) {
      layout.add(names.norm() + ".bias", Role.BIAS, ParameterShape.OUTSIDE, width);
    }
    if (!shape.tiedHead()) {
      addTable(layout, head, shape.vocabularySize());
    }
    return layout.build(embedding, head);
  }

  private void addTable(ModelLayout.Builder layout, String name, long rows) {
    layout.add(name, Role.TABLE, ParameterShape.OUTSIDE, rows, shape.hiddenSize());
  }

  @Override
  public Decoder build(DecoderWeights weights, Optional<LoraWeights> adapter) {
    return new ComposedDecoder(this, weights, adapter);
  }
}
