-- Quantizations of a source: what is said to be made from this model, and what of that is proven
-- From the attestation that decided, from one further down the chain, or from the model card alone
-- (declared_base_model). Only VERIFIED says that it is so.
-- :source text: the source model, such as acme/base-7b
SELECT repository, quantization, method, bits_per_weight, verdict, reason, source_model, declared_base_model
FROM latest
WHERE source_model = :source
  OR exists(chain, link -> link.source_model = :source)
  OR exists(split(declared_base_model, ','), model -> trim(model) = :source)
ORDER BY repository, quantization;
