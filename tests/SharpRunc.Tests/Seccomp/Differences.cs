using System.Collections.Generic;
using System.Linq;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Where two programs for one profile decide differently: on all numbers of all architectures of its byte order.</summary>
/// <param name="native">Whose machine runs them.</param>
/// <param name="unknown">Numbers, with their base, that the other compiler's tables lack.</param>
internal sealed class Differences(Core.Spec.Seccomp profile, Architecture native, IReadOnlySet<(Architecture, uint)> unknown)
{
    private readonly bool _newOnesFail = (Decision.FromDefault(profile) & SECCOMP_RET_ACTION_FULL) is not (SECCOMP_RET_ALLOW
        or SECCOMP_RET_LOG or SECCOMP_RET_TRACE);

    private readonly bool _listsX32 = profile.Architectures.Contains(Architecture.X32.Name);

    private bool _mayShare;

    /// <summary>
    /// Decisions that are not what any rule, or the default, says: libseccomp's tree shared a node that it should not have.
    /// </summary>
    public int Miscompiled { get; private set; }

    /// <summary>
    /// Calls for which several rules hold and libseccomp lets another one win than its own order says: comparisons that begin with the same
    /// half of an argument share a node, and with it the outcome of whoever came first; or <see cref="Accumulator"/> is not what is
    /// compared.
    /// </summary>
    public int Shared { get; private set; }

    public IEnumerable<string> Of(Instruction[] ours, Instruction[] theirs)
    {
        _mayShare = SharesHeads(profile) || Accumulator.IsAmbiguous(theirs);
        foreach (Architecture architecture in Architecture.All)
            if (architecture.IsBigEndian == native.IsBigEndian)
                foreach (string difference in On(architecture, ours, theirs))
                    yield return difference;
        foreach (uint foreign in new uint[] { 0, 0xC0009026, 0x80000002 })
            if (Verdict.Of(ours, foreign, 0, []) != Verdict.Of(theirs, foreign, 0, []))
                yield return $"architecture {foreign:x}";
    }

    private IEnumerable<string> On(Architecture architecture, Instruction[] ours, Instruction[] theirs)
    {
        ArgumentVectors vectors = new(profile, architecture);
        Reading reading = new(profile, architecture);
        (int common, int own) = Highest(architecture);
        bool listed = architecture == native || profile.Architectures.Contains(architecture.Name);
        foreach (uint number in Numbers(architecture))
        {
            bool isX32 = number >= X32_SYSCALL_BIT && architecture.Audit == AUDIT_ARCH_X86_64;
            // Judged by x32's rules, when that is asked.
            if (isX32 && architecture.Is64 && _listsX32 || unknown.Contains((architecture, number)))
                continue;
            bool isNew = listed && (architecture.Is64 ? !isX32 : true) && IsNew(architecture, number, common, own);
            foreach (ulong[] vector in vectors.Of(number))
            {
                uint our = Verdict.Of(ours, architecture, number, vector);
                uint their = isNew ? SECCOMP_RET_ERRNO | ENOSYS : Verdict.Of(theirs, architecture, number, vector);
                if (isNew || !listed || isX32 && architecture.Is64)
                {
                    if (our != their)
                        yield return Text(architecture, number, vector, our, their);
                    continue;
                }
                uint[] right = reading.Of(number, vector);
                if (!right.Contains(our))
                    yield return Text(architecture, number, vector, our, right[0]);
                else if (our == their)
                    continue;
                else if (!right.Contains(their))
                    Miscompiled++;
                else if (right.Length > 1 && _mayShare)
                    Shared++;
                else
                    yield return Text(architecture, number, vector, our, their);
            }
        }
    }

    private static string Text(Architecture architecture, uint number, ulong[] vector, uint our, uint expected)
        => $"{architecture.Name} {number:x}({string.Join(", ", vector.Select(v => v.ToString("x")))}): ours {our:x}, expected {expected:x}";

    /// <summary>The one deliberate difference in decisions: see <see cref="DifferentialTests"/>.</summary>
    private bool IsNew(Architecture architecture, uint number, int common, int own)
    {
        if (!_newOnesFail || common < 0 || number < architecture.NumberBase)
            return false;
        if (number == 0 && architecture.HidesNewNumbers)
            return true;
        uint above = number - architecture.NumberBase;
        return above > common && (own < 0 || above < SyscallTable.ArmPrivateBase || above > own);
    }

    /// <summary>Two rules of one call ask for an order on, or unequality of, the same argument with the same high word.</summary>
    private static bool SharesHeads(Core.Spec.Seccomp profile)
        => profile.Syscalls.SelectMany(rule => rule.Names.Distinct().SelectMany(name => rule.Args
            .Where(arg => arg.Op is not ("SCMP_CMP_EQ" or "SCMP_CMP_MASKED_EQ")).Select(arg => (name, arg.Index, arg.Value >> 32))))
            .GroupBy(head => head).Any(heads => heads.Count() > 1);

    /// <summary>The highest number that the profile names below arm's private ones, and the highest of those; −1: none.</summary>
    private (int Common, int Private) Highest(Architecture architecture)
    {
        int[] numbers = profile.Syscalls.SelectMany(rule => rule.Names)
            .SelectMany(name => architecture.Multiplexes && Multiplexed.Find(name) is var (through, _) ? new[] { name, through } : [name])
            .Select(name => architecture.Number(SyscallTable.Find(name))).Append(-1).ToArray();
        return (numbers.Where(n => n < SyscallTable.ArmPrivateBase).Max(), numbers.Where(n => n >= SyscallTable.ArmPrivateBase).Append(-1)
            .Max());
    }

    private static IEnumerable<uint> Numbers(Architecture architecture)
    {
        for (uint number = 0; number < 600; number++)
            yield return architecture.NumberBase + number;
        for (uint number = 0; number < 12 && architecture.Column == SyscallColumn.Arm; number++)
            yield return SyscallTable.ArmPrivateBase - 2 + number;
        foreach (uint number in new uint[] { 0, 1, 3999, 4999, 5999, 0x3FFFFFFF, 0x40000000, 0x400001FF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE,
            uint.MaxValue })
            if (number < architecture.NumberBase && architecture != Architecture.X32 || number >= architecture.NumberBase + 600)
                yield return number;
    }
}
