using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Bpf;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Profiles that are almost right become a program that the kernel takes, or an error that says where: 500,000 in less than a minute;
/// `make soak` makes two millions of them.
/// </summary>
internal sealed class ProfileSoakTests
{
    private const int Loaded = 20_000;

    private static readonly int Many = Environment.GetEnvironmentVariable("SOAK") is null ? 500_000 : 2_000_000;

    /// <summary>Of both byte orders; x32 is none.</summary>
    private static readonly Core.Seccomp.Architecture[] Machines =
        Array.FindAll(Core.Seccomp.Architecture.All, architecture => architecture != Core.Seccomp.Architecture.X32);

    private static readonly ProfileMutants Mutants = new();

    [Test]
    public void A_mutant_is_a_program_that_the_kernel_takes_and_that_means_what_its_rules_say_or_an_error_that_says_where()
    {
        int accepted = 0, refused = 0, none = 0;
        Stopwatch clock = Stopwatch.StartNew();
        Parallel.For(0, Many, seed =>
        {
            if (!TryCompile(seed, out Instruction[]? program))
                Interlocked.Increment(ref refused);
            else if (program is null)
                Interlocked.Increment(ref none);
            else
                Interlocked.Increment(ref accepted);
        });
        TestContext.Out.WriteLine($"{accepted} accepted, {refused} refused, {none} are no profile, in {clock.ElapsedMilliseconds} ms");
        Assert.That(accepted + refused + none, Is.EqualTo(Many));
        Assert.That(accepted, Is.GreaterThan(Many / 4), "or the mutants are too wild");
        Assert.That(refused, Is.GreaterThan(Many / 4), "or too tame");
    }

    [Test]
    public void The_kernel_loads_what_was_accepted()
    {
        List<int> seeds = [];
        (int asked, Dictionary<int, int> refused) = Probe.Load(Different(seeds));
        Assert.That(refused.Select(answer => $"seed {seeds[answer.Key]}: errno {answer.Value}"), Is.Empty);
        Assert.That(asked, Is.EqualTo(Loaded));
    }

    /// <summary>The first accepted ones, no program twice.</summary>
    private static IEnumerable<Instruction[]> Different(List<int> seeds)
    {
        HashSet<UInt128> known = [];
        ParallelQuery<(int, Instruction[]?)> programs = ParallelEnumerable.Range(0, Many).AsOrdered()
            .Select(seed => (seed, TryCompile(seed, out Instruction[]? program) ? program : null));
        foreach ((int seed, Instruction[]? program) in programs)
        {
            if (program is null || !known.Add(MemoryMarshal.Read<UInt128>(SHA256.HashData(MemoryMarshal.AsBytes(program.AsSpan())))))
                continue;
            seeds.Add(seed);
            yield return program;
            if (seeds.Count == Loaded)
                yield break;
        }
    }

    /// <summary>False where the profile was refused.</summary>
    /// <param name="program">Null: the profile is none.</param>
    private static bool TryCompile(int seed, out Instruction[]? program)
    {
        program = null;
        try
        {
            Dice dice = new(seed);
            Core.Spec.Seccomp? profile = Mutants.Next(dice);
            Core.Seccomp.Architecture native = dice.Once(2) ? Core.Seccomp.Architecture.Native : dice.Of(Machines);
            program = SeccompCompiler.Compile(profile, native) is { } compiled ? Verdict.Parse(compiled.Instructions) : null;
            if (program is not null && (KernelChecks.Refusal(program) ?? DeadCode(program)
                ?? Meaning.Difference(new Profile(profile!, native), program, dice)) is { } wrong)
                throw new InvalidOperationException(wrong);
            return true;
        }
        catch (ContainerException e) when (SaysWhere(e))
        {
            return false;
        }
        catch (Exception e)
        {
            throw new AssertionException($"seed {seed}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Where a jump is too long for its byte a return has a copy nearby, and may itself be left without anyone who comes: nothing else is.
    /// </summary>
    private static string? DeadCode(Instruction[] program)
    {
        foreach (int at in Reach.Unreachable(program))
            if (program[at].Code != (BPF_RET | BPF_K) || program.Length <= byte.MaxValue)
                return $"{at}: unreachable\n{Listing.Write(program)}";
        return null;
    }

    /// <summary>By a property's pointer; by line and column where the text is no JSON any more.</summary>
    private static bool SaysWhere(ContainerException e)
        => e.Pointer is { } pointer && (pointer.Length == 0 ? e.Message.Contains(".json:", StringComparison.Ordinal) : pointer[0] == '/');
}
