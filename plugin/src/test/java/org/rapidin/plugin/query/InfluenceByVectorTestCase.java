package org.rapidin.plugin.query;

import java.util.function.ToDoubleFunction;
import org.junit.Before;

/** Queries by one raw vector, with the oracle's scores. */
public abstract class InfluenceByVectorTestCase extends InfluenceNodeTestCase {
  static final float[] QUERY = FakeGradients.gaussian(4711);

  final ToDoubleFunction<String> score = id -> score(QUERY, id);

  @Before
  public void fill() {
    createTrainingIndex("demo");
  }
}
