/**
 * Evidence, links, chains, and the judgement of each quantization.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A repository's own signature that does not hold beats a chain</b>, even if the bundle is
 *       only damaged: otherwise whoever changes a signed file would gain by damaging the signature
 *       too. A removed signature shows in the table, by comparison with an earlier run, and never
 *       in a verdict, which is about what is there.
 *   <li><b>Links must be signed as links.</b> A model that was signed without links is {@code
 *       UNSIGNED_FILES} in a repository that has some (OMS 1.0, section 6.1.1), except for
 *       snapshots of a Hugging Face cache, which consist of links.
 *   <li><b>{@code FILE.sig} that lists FILE alone covers only that file.</b> A repository as a
 *       whole is as signed only if other signatures cover the rest.
 *   <li><b>Subjects are compared one by one</b> ({@link dev.weighmaster.chain.SubjectCheck}): a
 *       subject must have the file's name and its digest. A statement's set must be there as a
 *       whole (the parts of a split GGUF file, or all other weights of a folder); otherwise a shard
 *       could be left out, or swapped for one of another variant in the same statement. Files may
 *       be renamed, as a whole set.
 *   <li><b>A source is identified by name and bytes.</b> The digest says which bytes; the
 *       repository that holds them, or one further down the chain, must be the one that the
 *       attestation names. Otherwise a trusted publisher's other model could be passed off as it
 *       ({@code SOURCE_IDENTITY_MISMATCH}). If an attestation names no model, as ggufpacker's may
 *       not, the model card must.
 *   <li><b>A digest is looked up only where it means something</b> ({@link
 *       dev.weighmaster.chain.SourceQuery}): in the repository that the attestation names, then in
 *       its own, and elsewhere only if a party of the chain signed it. A party is a signer that the
 *       policy names both for the repository that holds the bytes and either as a quantizer for the
 *       attestation's repository or as a publisher of the model that it names. A stranger's copy
 *       changes no one else's verdict.
 *   <li><b>The digest of the source's bundle is not compared.</b> A publisher may sign the same
 *       bytes again with a new key. What counts is a signature that holds today, by a publisher
 *       that the policy names, over those bytes.
 *   <li><b>If the hub has the attested revision, no other one is meant</b>, in whichever layout
 *       ({@link dev.weighmaster.chain.NamedSource}). Otherwise any revision may hold the digest;
 *       and in none of those that do may anything be revoked, or a later revision would rescue a
 *       revoked one. Revoked copies elsewhere take nothing from one that holds.
 *   <li><b>Embedded evidence counts only where the hub says nothing.</b> Weights in a repository of
 *       the attested name, or the bytes in one that the policy knows, always come first; and
 *       weights that the same publisher signed under another name are that model's. A revocation of
 *       such evidence does not silence it: it never improves a verdict.
 *   <li><b>Evidence is looked up, never fetched.</b> {@link dev.weighmaster.chain.ChainJudge}
 *       judges against a {@link dev.weighmaster.chain.SourceLookup}. Of the revisions or copies
 *       that answer one question, sixteen are considered: revoked ones, then those with the best
 *       evidence. The attested revision is a question of its own.
 *   <li><b>How many statements travel with a repository's files is bounded</b> ({@link
 *       dev.weighmaster.chain.Allowance}): each travels with every file that it covers, so a
 *       megabyte of small files under a megabyte of statements would become terabytes in a shuffle.
 *   <li><b>What an attestation claims of the weights is checked last</b> ({@link
 *       dev.weighmaster.chain.WeightsCheck}), and only if its chain holds: it takes a pass over
 *       both files. The source is the one that the chain has found, so no stranger's copy brings a
 *       claim to be checked. A false claim breaks its own statement; another one may still hold.
 *   <li><b>What a loader adds is not part of the chain.</b> It changes what runs, not where the
 *       weights come from. A covered file is not listed ({@link
 *       dev.weighmaster.chain.VouchedFiles}).
 * </ul>
 */
package dev.weighmaster.chain;
