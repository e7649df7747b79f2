package org.rapidin.demo.world;

import java.util.List;

/**
 * A kind of fact about a person.
 *
 * @param name the documents' topic
 * @param values its possible values
 * @param paraphrases ways to ask and answer; the last one is not used in the fine-tuning
 */
public record Relation(String name, List<String> values, List<Paraphrase> paraphrases) {
  public Relation {
    values = List.copyOf(values);
    paraphrases = List.copyOf(paraphrases);
    if (paraphrases.size() < 2) {
      throw new IllegalArgumentException(
          "relation [%s] needs at least two paraphrases, one for training and one for questions after it"
              .formatted(name));
    }
  }

  /**
   * A way to ask and to answer.
   *
   * @param question template with {@code {person}}
   * @param answer template with {@code {person}} and {@code {value}}
   */
  public record Paraphrase(String question, String answer) {}

  /** The paraphrases of the fine-tuning. */
  public List<Paraphrase> trained() {
    return paraphrases.subList(0, paraphrases.size() - 1);
  }

  /** The paraphrase of the questions after training. */
  public Paraphrase heldOut() {
    return paraphrases.getLast();
  }
}
