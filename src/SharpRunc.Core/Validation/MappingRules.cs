using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>config-linux.md#user-namespace-mappings; reports what user_namespaces(7) would answer with a bare EINVAL.</summary>
internal static class MappingRules
{
    /// <summary>The maximum number of lines in /proc/PID/uid_map.</summary>
    private const int MaxLines = 340;

    /// <summary>The map is a single write, which must be shorter than a page.</summary>
    private const int MaxBytes = 4095;

    public static void Check(IdMapping[] mappings, string pointer)
    {
        if (mappings.Length > MaxLines)
            throw Rule.Broken(pointer, $"the kernel accepts at most {MaxLines} mappings; got {mappings.Length}");
        int bytes = 0;
        for (int i = 0; i < mappings.Length; i++)
        {
            IdMapping mapping = mappings[i];
            bytes += Digits(mapping.ContainerId) + Digits(mapping.HostId) + Digits(mapping.Size) + 3;
            if (mapping.Size == 0)
                throw Rule.Broken($"{pointer}/{i}/size", "must be above 0");
            if ((ulong)mapping.ContainerId + mapping.Size > uint.MaxValue || (ulong)mapping.HostId + mapping.Size > uint.MaxValue)
                throw Rule.Broken($"{pointer}/{i}/size", $"reaches beyond the last id, {uint.MaxValue - 1}");
            for (int other = 0; other < i; other++)
                if (Overlap(mapping.ContainerId, mappings[other].ContainerId, mapping, mappings[other])
                    || Overlap(mapping.HostId, mappings[other].HostId, mapping, mappings[other]))
                    throw Rule.Broken($"{pointer}/{i}", $"overlaps the mapping {pointer}/{other}");
        }
        if (bytes > MaxBytes)
            throw Rule.Broken(pointer,
                $"the kernel accepts a map of at most {MaxBytes} characters; these {mappings.Length} mappings have {bytes}");
    }

    private static int Digits(uint number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
            digits++;
        return digits;
    }

    private static bool Overlap(ulong a, ulong b, IdMapping aMapping, IdMapping bMapping) => a < b + bMapping.Size && b < a + aMapping.Size;
}
