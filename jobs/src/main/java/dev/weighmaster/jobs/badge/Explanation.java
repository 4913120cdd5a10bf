package dev.weighmaster.jobs.badge;

import dev.weighmaster.verdict.Reason;

/**
 * A reason in the words of somebody who wants to use a model.
 *
 * @param means what it says of the file
 * @param advice what to do
 */
public record Explanation(String means, String advice) {
  private static final String ASK = "Ask whoever published the quantization";
  private static final String DO_NOT_USE = "Do not use the file until this is explained. ";

  /** The explanation of a reason. {@code docs/verdicts.md} says the same to those who act. */
  public static Explanation of(Reason reason) {
    return switch (reason) {
      case OK ->
          new Explanation(
              "A known quantizer has signed that these weights were made from the model that is"
                  + " named here, and that model's own files are the ones that its publisher"
                  + " signed. Both signatures were checked against the bytes in the hub.",
              "You can rely on where the file comes from. Make sure that the file that you have is"
                  + " this one, by its digest below.");
      case NO_ATTESTATION ->
          new Explanation(
              "Nobody has signed a statement about what these weights were made from. The name and"
                  + " the model card are claims that anyone could have written.",
              ASK + " to attest it, or take one that is verified.");
      case SIGNER_NOT_TRUSTED ->
          new Explanation(
              "There is a statement about where these weights come from, but the hub's operator"
                  + " does not know its signer for this repository, or it was not signed in the way"
                  + " that the operator asks for.",
              "Trust it only if you know the signer that is named below, and have checked the"
                  + " statement yourself.");
      case SOURCE_SIGNER_NOT_TRUSTED ->
          new Explanation(
              "The chain leads to a signed model, but the hub's operator does not know its signer as"
                  + " that model's publisher.",
              "Find out whether the signer that is named below is the real publisher.");
      case UNSIGNED_STATEMENT ->
          new Explanation(
              "The statement about where these weights come from is not signed: anyone could have"
                  + " written it.",
              ASK + " to sign it.");
      case UNATTESTED_EXTRAS ->
          new Explanation(
              "The weights come from where their signed statement says, but the repository has other"
                  + " files that a program may load with them, and nobody has signed those.",
              "Load the weights alone, or ask whoever published the quantization to sign the whole"
                  + " repository.");
      case MALFORMED_BUNDLE ->
          new Explanation(
              "A file that should prove where these weights come from can't be understood: it is"
                  + " damaged, or was not made by the rules.",
              ASK + " to make it again.");
      case SIGNATURE_INVALID ->
          new Explanation(
              "A signature does not belong to the statement beside it: one of them was changed"
                  + " after signing.",
              DO_NOT_USE + "It is what tampering looks like.");
      case CERTIFICATE_UNTRUSTED ->
          new Explanation(
              "A signature was made with a certificate that is not valid: its authority did not issue"
                  + " it, it is not for signing, or it was not valid at the time.",
              ASK + " to sign again with a valid certificate.");
      case LOG_PROOF_INVALID ->
          new Explanation(
              "The proof that a signature was entered in a public log does not hold.",
              DO_NOT_USE + ASK + " to sign again.");
      case TIMESTAMP_INVALID ->
          new Explanation(
              "The time at which a signature was made is not proven, or the proof does not hold.",
              ASK + " to sign again.");
      case DIGEST_MISMATCH ->
          new Explanation(
              "The file is not the one that was signed: its bytes have changed since, or it was"
                  + " replaced.",
              DO_NOT_USE + "It may be an update that nobody has signed yet, or tampering.");
      case SUBJECT_INCOMPLETE ->
          new Explanation(
              "The quantization has several files, and the statement covers only some of them.",
              DO_NOT_USE + ASK + " to attest all files together.");
      case SOURCE_MISSING ->
          new Explanation(
              "The model that these weights are said to come from is not in this hub, so that"
                  + " nobody could check it. That contradicts nothing: it may well be elsewhere.",
              ASK + " which model it was made from, and where that is.");
      case SOURCE_UNSIGNED ->
          new Explanation(
              "The model that these weights come from is in this hub, but its publisher has not"
                  + " signed it. That contradicts nothing, and proves nothing.",
              "Ask the publisher of the source model to sign it.");
      case SOURCE_SIGNATURE_INVALID ->
          new Explanation(
              "The signature of the model that these weights come from does not hold.",
              DO_NOT_USE + "The publisher of the source model has to sign it again.");
      case SOURCE_DIGEST_MISMATCH ->
          new Explanation(
              "The model that these weights are said to come from is no longer the one that was"
                  + " signed or attested: its files have changed.",
              DO_NOT_USE + "It may have a new version that the quantization was not made from.");
      case SOURCE_IDENTITY_MISMATCH ->
          new Explanation(
              "These weights were made from another model than the one that the statement names.",
              DO_NOT_USE + "It may be an attempt to pass one model off as another.");
      case CLAIM_MISMATCH ->
          new Explanation(
              "The model card, or the file itself, names another source model than the signed"
                  + " statement.",
              DO_NOT_USE + "One of the two is wrong.");
      case METHOD_MISMATCH ->
          new Explanation(
              "The file was quantized by another method than the signed statement says.",
              ASK + " to correct the statement.");
      case BOUNDS_EXCEEDED ->
          new Explanation(
              "The weights are further from the source model's than the signed statement says.",
              DO_NOT_USE + "What the quantizer says of it is not true.");
      case CHAIN_CYCLE ->
          new Explanation(
              "The statements lead in a circle: the weights are said to come from themselves.",
              DO_NOT_USE + "Nothing proves where they come from.");
      case CHAIN_TOO_DEEP ->
          new Explanation(
              "There are more steps between these weights and a signed model than the hub's"
                  + " operator allows.",
              ASK + " for a quantization made closer to the original.");
      case REVOKED ->
          new Explanation(
              "Something that this rests on, a file, a model, a signer or a key, was withdrawn.",
              "Do not use the file. Take another one.");
      case MALFORMED_WEIGHTS ->
          new Explanation(
              "The file breaks the rules of its own format: it is damaged, or made to attack the"
                  + " programs that load it.",
              "Do not load the file.");
      case UNSIGNED_FILES ->
          new Explanation(
              "The repository has files that its signature does not cover.",
              DO_NOT_USE + "Anyone may have added the unsigned files.");
      case IO_ERROR ->
          new Explanation(
              "The audit could not read a file, so nothing is known about it.",
              "Look again after the next audit.");
      case CHANGED_DURING_READ ->
          new Explanation(
              "A file changed while the audit read it, so nothing is known about it.",
              "Look again after the next audit.");
      case UNSUPPORTED ->
          new Explanation(
              "The audit can't check this kind of proof or file yet, so nothing is known about it.",
              "Treat the file as unchecked.");
    };
  }
}
