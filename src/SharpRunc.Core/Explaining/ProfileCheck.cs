using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>Everything that can be reported about a profile without running anything under it.</summary>
internal static class ProfileCheck
{
    public static Findings Run(ProfileDocument document, Architecture native, KernelSupport kernel)
    {
        Findings findings = new(document);
        if (document.IsEmpty)
        {
            findings.Add(Severity.Warning, "", "the profile is empty: no filter is loaded");
            return findings;
        }
        PropertyChecks.Add(findings);
        if (findings.HasErrors)
            return findings;
        NameChecks.Add(findings, native);
        ConditionChecks.Add(findings, native);
        kernel.Check(findings);
        try
        {
            SeccompCompiler.Compile(document.Seccomp, native);
        }
        catch (ContainerException e)
        {
            findings.Add(e);
            return findings;
        }
        ProfileEvaluator evaluator = new(document, native);
        RuleChecks.Add(findings, evaluator);
        if (native == Architecture.Native)
            NeedChecks.Add(findings, evaluator);
        return findings;
    }
}
