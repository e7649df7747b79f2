package org.rapidin.scorer;

class VectorApiScorerTests extends InnerProductScorerTestCase {
  @Override
  InnerProductScorer scorer() {
    return new VectorApiScorer();
  }
}
