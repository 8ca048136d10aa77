using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>Conditions that mean less than they appear to, or something else.</summary>
internal static class ConditionChecks
{
    public static void Add(Findings findings, Architecture native)
    {
        Spec.Seccomp seccomp = findings.Document.Seccomp;
        List<Architecture> listed = NameChecks.Listed(seccomp, native);
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
            if (seccomp.Syscalls[i] is { Args.Length: > 0 } rule)
            {
                List<Architecture> own = listed.FindAll(architecture => HasAny(architecture, rule.Names));
                for (int j = 0; j < rule.Args.Length; j++)
                    Add(findings, rule.Args[j], i, j, own);
                AddRepeated(findings, rule, i);
            }
    }

    private static bool HasAny(Architecture architecture, string[] names)
    {
        foreach (string name in names)
        {
            int syscall = SyscallTable.Find(name);
            if (syscall >= 0 && NameChecks.Has(architecture, syscall, name))
                return true;
        }
        return false;
    }

    private static void Add(Findings findings, SeccompArg arg, int rule, int index, List<Architecture> architectures)
    {
        string pointer = $"/syscalls/{rule}/args/{index}";
        Condition condition = Condition.From(arg, rule, index);
        bool isMasked = condition.Op == Comparison.MaskedEqual;
        ulong outside = arg.ValueTwo & ~arg.Value;
        if (isMasked && outside != 0)
        {
            string said = $"bits outside the mask {Wording.Hex(arg.Value)} are ignored: {Wording.Hex(outside)}";
            findings.Add(Severity.Warning, pointer + "/valueTwo", said);
        }
        if (!isMasked && arg.ValueTwo != 0)
            findings.Add(Severity.Note, pointer + "/valueTwo", $"has no meaning for {arg.Op}");
        string text = Wording.Describe(condition);
        List<string> always = [], never = [], shortened = [];
        foreach (Architecture architecture in architectures)
        {
            Condition effective = architecture.Is64 ? condition : condition.Low;
            string name = ArchitectureName.Short(architecture);
            if (!architecture.Is64 && ((condition.Value >> 32) != 0 || isMasked && (condition.Mask >> 32) != 0))
                shortened.Add(name);
            if (Interval.ForCondition(effective, architecture.Is64) is null)
                never.Add(name);
            else if (Interval.IsAlways(effective, architecture.Is64))
                always.Add(name);
        }
        if (shortened.Count > 0)
            findings.Add(Severity.Warning, pointer, $"{text}: only the low 32 bits count on {string.Join(", ", shortened)}");
        Add("never", never);
        Add("always", always);

        void Add(string what, List<string> names)
        {
            if (names.Count == 0)
                return;
            string where = names.Count < architectures.Count ? " on " + string.Join(", ", names) : "";
            findings.Add(Severity.Warning, pointer, $"{text} is {what} true{where}");
        }
    }

    /// <summary>All runtimes follow runc here: conditions on the same argument are alternatives.</summary>
    private static void AddRepeated(Findings findings, SeccompRule rule, int index)
    {
        uint[] arguments = Array.ConvertAll(rule.Args, static arg => arg.Index);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (Array.IndexOf(arguments, arguments[i]) == i)
                continue;
            bool mixed = Array.Exists(arguments, argument => argument != arguments[i]);
            string others = mixed ? ", those on other arguments included" : "";
            findings.Add(mixed ? Severity.Warning : Severity.Note, $"/syscalls/{index}/args",
                $"arg{arguments[i]} is tested more than once: either of the conditions is enough{others}");
            return;
        }
    }
}
