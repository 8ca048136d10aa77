using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// What .NET's start-up asks of the kernel, and what the linker has taken from it (SharpRunc.csproj, NativeAot.props). A version of .NET
/// that asks in another way is slower and works all the same: nothing else would tell.
/// </summary>
internal sealed class StartUpTests
{
    [Test]
    public void It_opens_no_file_makes_no_thread_and_marks_no_memory()
    {
        using Runtime runtime = Runtime.Create();
        List<Strace.Call> calls = Strace.Trace(runtime, [runtime.Program, "--version"]);
        Assert.That(calls.FindAll(static call => call.Name is "open" or "openat" or "clone" or "clone3" or "madvise"), Is.Empty);
        Assert.That(calls, Has.Some.Matches<Strace.Call>(static call => call.Name == "write"), "something was traced");
    }

    /// <summary>A relocation at start costs 0.6 ms: <c>make PIE=1</c> asks for it.</summary>
    [Test]
    public void Nothing_is_loaded_or_relocated()
    {
        using Runtime runtime = Runtime.Create();
        ElfFile elf = ElfFile.Read(runtime.Program);
        Assert.That(elf.Type, Is.EqualTo(ElfFile.Fixed));
        Assert.That(elf.Segments, Has.No.Member(ElfFile.Dynamic).And.No.Member(ElfFile.Interpreter));
    }
}
