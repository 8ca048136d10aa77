#pragma warning disable IDE0130 // the compiler knows the attribute by its full name
namespace System.Runtime;

/// <summary>A call of a C symbol as it is: no transition, and no poll for a collection. ILC looks for this name; .NET's own is not public.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeImportAttribute(string library, string symbol) : Attribute
{
    public string Library { get; } = library;
    public string Symbol { get; } = symbol;
}
