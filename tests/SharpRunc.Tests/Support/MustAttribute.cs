using System;
using System.Runtime.CompilerServices;

namespace SharpRunc.Tests.Support;

/// <summary>
/// This test proves a MUST or REQUIRED of the specification: an id of Data/musts/catalogue.tsv. The table tests/MUSTS.md is made
/// of these: <c>SHARPRUNC_REGENERATE=1 dotnet test --filter MustTable</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class MustAttribute(string id, [CallerFilePath] string file = "") : Attribute
{
    public string Id { get; } = id;

    public string File { get; } = file;
}
