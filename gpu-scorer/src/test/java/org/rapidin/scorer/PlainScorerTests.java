package org.rapidin.scorer;

class PlainScorerTests extends InnerProductScorerTestCase {
  @Override
  InnerProductScorer scorer() {
    return new PlainScorer();
  }
}
