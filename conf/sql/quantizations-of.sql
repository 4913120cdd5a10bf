-- Quantizations of a source: what is said to be made from this model, and what of that is proven
-- From the attestation that decided, from one further down the chain, or from the model card alone
-- (declared_base_model). Only VERIFIED says that it is so.
-- :source text: the source model, such as acme/base-7b
SELECT repository, quantization, method, bits_per_weight, verdict, reason, source_model, declared_base_model
FROM latest
WHERE source_model = :source
  OR size(filter(chain, link -> link.source_model = :source)) > 0
  OR size(filter(split(declared_base_model, ','), model -> trim(model) = :source)) > 0
ORDER BY repository, quantization;
