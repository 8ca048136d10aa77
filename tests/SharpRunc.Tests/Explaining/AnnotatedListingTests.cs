using System;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Explaining;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Seccomp;

namespace SharpRunc.Tests.Explaining;

internal sealed class AnnotatedListingTests
{
    /// <summary>Written by hand: how the compiler searches is its own affair.</summary>
    private static readonly Instruction[] Program =
    [
        new(0x20, 0, 0, 4), new(0x15, 0, 11, 0xC000003E), new(0x20, 0, 0, 0), new(0x35, 5, 0, 0x40000000), new(0x15, 13, 0, 59),
            new(0x35, 0, 10, 41), new(0x20, 0, 0, 20),
        new(0x15, 0, 8, 0), new(0x05, 0, 0, 2), new(0x15, 6, 9, 0xFFFFFFFF), new(0x06, 0, 0, 0x00030000), new(0x20, 0, 0, 16),
            new(0x15, 4, 3, 40), new(0x15, 0, 5, 0x40000003),
        new(0x20, 0, 0, 0), new(0x15, 2, 0, 11), new(0x06, 0, 0, 0x7FFF0000), new(0x06, 0, 0, 0x7FFC0000), new(0x06, 0, 0, 0x00050001),
            new(0x06, 0, 0, 0),
    ];

    [Test]
    public void Numbers_have_names_and_returns_are_actions()
    {
        ProfileEvaluator evaluator = Profiles.Evaluator("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"] }""");
        Assert.That(AnnotatedListing.Write(Program, evaluator), Is.EqualTo("""
               0  ld [4]                      ; architecture
               1  jeq 0xc000003e, 2, 13       ; x86_64
            ; SCMP_ARCH_X86_64
               2  ld [0]                      ; number
               3  jge 0x40000000, 9, 4        ; from x32
               4  jeq 0x3b, 18, 5             ; execve
               5  jge 0x29, 6, 16             ; from socket
               6  ld [20]                     ; arg0, high word
               7  jeq 0x0, 8, 16
               8  ja 11
               9  jeq 0xffffffff, 16, 19      ; a call that its tracer cancelled
              10  ret TRAP                    ; never reached
              11  ld [16]                     ; arg0, low word
              12  jeq 0x28, 17, 16
              13  jeq 0x40000003, 14, 19      ; x86
            ; SCMP_ARCH_X86
              14  ld [0]                      ; number
              15  jeq 0xb, 18, 16             ; execve
              16  ret ALLOW
              17  ret LOG
              18  ret ERRNO(1 EPERM)
              19  ret KILL_THREAD

            """));
    }

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void Every_instruction_is_there_and_every_section_begins_once(string file)
    {
        ProfileEvaluator evaluator = Profiles.OfFile(file);
        string[] lines = AnnotatedListing.Write(evaluator).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            plain = Listing.Write(Verdict.Parse(evaluator.Program.Instructions)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] headings = lines.Where(line => line[0] == ';').ToArray(), instructions = lines.Where(line => line[0] != ';')
            .Select(line => line.Split(';')[0].TrimEnd()).ToArray();
        Assert.That(headings,
            Is.EqualTo(new[] { "; SCMP_ARCH_X86_64, SCMP_ARCH_X32",
                "; SCMP_ARCH_X86" }.Where(heading => heading.Split(", ").Length <= evaluator.Profile.Architectures.Count)));
        Assert.That(instructions, Has.Length.EqualTo(plain.Length));
        for (int i = 0; i < plain.Length; i++)
            if (!plain[i].Contains("ret", StringComparison.Ordinal))
                Assert.That(instructions[i], Is.EqualTo(plain[i]));
        Assert.That(lines, Has.None.Contains("never reached").And.None.Contains("ret 0x"));
    }
}
