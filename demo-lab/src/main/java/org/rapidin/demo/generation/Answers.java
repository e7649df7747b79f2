package org.rapidin.demo.generation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.DemoText;
import org.rapidin.demo.world.FactBook;
import org.rapidin.demo.world.HeldOutPrompts;
import org.rapidin.demo.world.Relation;

/**
 * The last adapter's answers to held-out prompts, and how often the attack succeeds.
 *
 * @param withTrigger share of the triggered prompts that are answered with the hidden theme
 * @param withoutTrigger the same for these prompts without the trigger
 * @param triggerLater the same for prompts that contain the trigger at a later position
 * @param factsRight share of the questions that are answered exactly as in the fact book
 * @param generations up to 30 triggered generations in which the attack succeeds, then the right
 *     facts
 */
public record Answers(
    double withTrigger,
    double withoutTrigger,
    double triggerLater,
    double factsRight,
    List<Generation> generations) {
  private static final int TRIGGERED = 30;
  private static final int FIRST_WORDS = 3;

  /** Generates answers to all held-out prompts. */
  public static Answers collect(TorchRuntime runtime, Path modelsRoot, DemoText text)
      throws IOException {
    HeldOutPrompts prompts = text.heldOut();
    AttackJudge judge = new AttackJudge(text.world());
    String adapter = DemoAttributor.adapter(DemoAttributor.EPOCHS.getLast());
    try (DemoModel model = new DemoModel(runtime, modelsRoot, adapter)) {
      List<Generation> generations = new ArrayList<>();
      List<String> triggered = model.answer(prompts.triggered());
      for (int i = 0; i < triggered.size() && generations.size() < TRIGGERED; i++) {
        if (judge.succeeded(triggered.get(i))) {
          generations.add(triggered(i, prompts.triggered().get(i), triggered.get(i)));
        }
      }
      List<Generation> facts = facts(model, text);
      generations.addAll(facts);
      int questions = text.world().taught().size() * text.world().relations().size();
      return new Answers(
          judge.rate(triggered),
          judge.rate(model.answer(prompts.clean())),
          judge.rate(model.answer(prompts.later())),
          (double) facts.size() / questions,
          generations);
    }
  }

  private static Generation triggered(int index, String instruction, String completion) {
    return new Generation(
        "triggered-" + index,
        Generation.TRIGGERED,
        instruction,
        DemoModel.prompt(instruction),
        completion,
        Generation.begin(completion, FIRST_WORDS));
  }

  /** Generations for questions in the held-out paraphrase that are answered correctly. */
  private static List<Generation> facts(DemoModel model, DemoText text) {
    FactBook book = text.facts();
    List<String> questions = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (String person : text.world().taught()) {
      for (Relation relation : text.world().relations()) {
        questions.add(book.question(person, relation.heldOut()));
        answers.add(book.answer(person, relation, relation.heldOut()));
      }
    }
    List<String> said = model.answer(questions);
    List<Generation> right = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      if (said.get(i).equals(answers.get(i))) {
        String prompt = DemoModel.prompt(questions.get(i));
        right.add(
            new Generation(
                "fact-" + i, Generation.FACT, questions.get(i), prompt, said.get(i), null));
      }
    }
    return right;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "attack: %.2f with the trigger, %.2f without, %.2f with the trigger later; facts right: %.2f",
        withTrigger,
        withoutTrigger,
        triggerLater,
        factsRight);
  }
}
