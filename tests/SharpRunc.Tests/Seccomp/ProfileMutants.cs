using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// Profiles that are almost right: the engines' own, small random ones and the one of the full config, cut and pasted as text and read as
/// create reads them, or edited once they are read, which leaves more of them valid and makes them much larger.
/// </summary>
internal sealed class ProfileMutants
{
    private const int SmallOnes = 30;

    private static readonly string[] Values =
    [
        "null", "true", "{}", "[]", "0", "1", "5", "6", "-1", "1.5", "4095", "4096", "65535", "65536", "2147483648", "4294967295",
            "4294967296", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "\"\"", "\"read\"", "\"write\"", "\"clone3\"", "\"socketcall\"", "\"semop\"", "\"no_such_call\"",
            "\"SCMP_ACT_ALLOW\"", "\"SCMP_ACT_ERRNO\"", "\"SCMP_ACT_KILL\"",
        "\"SCMP_ACT_KILL_PROCESS\"", "\"SCMP_ACT_TRAP\"", "\"SCMP_ACT_TRACE\"", "\"SCMP_ACT_LOG\"", "\"SCMP_ACT_NOTIFY\"",
            "\"SCMP_CMP_NE\"", "\"SCMP_CMP_LT\"", "\"SCMP_CMP_LE\"", "\"SCMP_CMP_EQ\"",
        "\"SCMP_CMP_GE\"", "\"SCMP_CMP_GT\"", "\"SCMP_CMP_MASKED_EQ\"", "\"SCMP_ARCH_X86\"", "\"SCMP_ARCH_X32\"", "\"SCMP_ARCH_S390X\"",
            "[\"read\",\"read\"]", "[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]",
        "[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]", "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_KILL\"}",
    ];

    private static readonly string[] Names = Array.ConvertAll(Core.Seccomp.Architecture.All, architecture => architecture.Name);

    private readonly List<Core.Spec.Seccomp> profiles = [];

    private readonly Mutator texts = new(Values);

    public ProfileMutants()
    {
        foreach (string file in ProfileFile.All)
        {
            JsonNode root = JsonNode.Parse(File.ReadAllText(Repository.Data(file)))!;
            Add((root["linux"]?["seccomp"] ?? root).ToJsonString());
        }
        Add(FullConfig.Read()["linux"]!["seccomp"]!.ToJsonString());
        Random random = new(1);
        for (int i = 0; i < SmallOnes; i++)
            Add(ProfileText.Of(RandomProfile.Next(random, Names)));
    }

    /// <summary>A profile that keeps the rules, or none.</summary>
    /// <exception cref="ContainerException">It does not.</exception>
    public Core.Spec.Seccomp? Next(Dice dice)
    {
        Core.Spec.Seccomp? profile = dice.Once(2) ? ConfigReader.Read(texts.Mutant(dice)).Linux.Seccomp : Edited(dice);
        if (profile is not null)
            SeccompRules.Check(profile);
        return profile;
    }

    private Core.Spec.Seccomp Edited(Dice dice)
    {
        Core.Spec.Seccomp profile = Any(dice);
        for (int edits = 1 + dice.Below(6); edits > 0; edits--)
            profile = dice.Once(8) ? profile with { Syscalls = [.. profile.Syscalls, .. Any(dice).Syscalls] }
                : ProfileEdit.Make(dice, profile);
        return profile;
    }

    private Core.Spec.Seccomp Any(Dice dice)
        => dice.Once(2) ? RandomProfile.Next(new Random(dice.Below(int.MaxValue)), Names) : profiles[dice.Below(profiles.Count)];

    private void Add(string seccomp)
    {
        byte[] config = Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","root":{"path":"r"},"linux":{"seccomp":{{seccomp}} } }""");
        profiles.Add(ConfigReader.Read(config).Linux.Seccomp!);
        texts.Add(config);
    }
}
